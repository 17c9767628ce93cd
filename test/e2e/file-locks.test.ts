import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { freshEvent } from "../../src/sandbox/fresh-event.ts";
import { seededRandom } from "../../src/lib/random.ts";
import { sleep } from "../../src/lib/async/sleep.ts";
import { startProgram, type Program } from "../support/program/process.ts";
import { tempFolder } from "../support/temp-folder.ts";

/** The locks that SQLite has for as long as a file is open. */
const lasting = ["queue.db", "queue.db-shm", "ledger.db"];

/** Which of these files of a folder a process has any lock on; the kernel's list names process and inode. */
async function locked(folder: string, pid: number): Promise<readonly string[]> {
  const locks = (await readFile("/proc/locks", "utf8")).split("\n").map((line) => line.split(/\s+/));
  const inodes = new Set(
    locks.flatMap((fields) => (fields[4] === `${pid}` ? [fields[5]?.split(":")[2]] : [])),
  );
  const found = await Promise.all(
    lasting.map(async (name) => (inodes.has(`${(await stat(join(folder, name))).ino}`) ? [name] : [])),
  );
  return found.flat();
}

/** All that a person or a sender asks of a running process. */
async function useAll(program: Program): Promise<void> {
  const event = freshEvent("message.sent", { random: seededRandom(5), now: Date.now });
  await program.send(event);
  await program.send(event, { signature: "0".repeat(40) });
  await program.settled();
  await program.body(event.eventId);
  for (const path of [`/events/${event.eventId}`, "/events", "/dead-letters", "/quarantine", "/stats"]) {
    await program.api(path);
  }
  await program.api(`/events/${event.eventId}/replay`, { method: "POST" });
  await program.settled();
}

// By the rules of POSIX, a process that opens a file beside SQLite loses all its locks on it when it closes it again.
test.skipIf(process.platform !== "linux")(
  "a process that is asked for everything, and then waits, keeps its locks on its files",
  async () => {
    await using folder = await tempFolder();
    await using program = await startProgram({ folder: folder.path });

    await useAll(program);
    await sleep(2_500);

    expect(await locked(join(folder.path, "data"), program.pid)).toEqual(lasting);
  },
);
