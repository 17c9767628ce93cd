import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { tempFolder } from "../../../test/support/temp-folder.ts";
import { ClosedError } from "../../errors.ts";
import { pack } from "../../lib/spans.ts";
import { recordedLog } from "../../testing/recorded-log.ts";
import { takeSlot, type SpillSlot } from "./slot.ts";

const holder = fileURLToPath(new URL("../../../test/support/spill-holder.ts", import.meta.url));
const shards = Array.from({ length: 16 }, (_, shard) => shard);

/** Another process that keeps some, named `name 0`, `name 1`, … */
async function startHolder(data: string, name: string, count: number): Promise<ChildProcess> {
  const child = spawn(process.execPath, [holder, data, name, String(count)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill("SIGKILL");
  await once(child, "exit");
}

const textsIn = async ({ file }: SpillSlot): Promise<readonly string[]> =>
  (await file.next({ shards, without: [], sent: [], max: 1_000 })).map(({ message }) =>
    Buffer.from(message).toString(),
  );

const keep = ({ file }: SpillSlot, text: string): Promise<void> =>
  file.add([{ shard: 1, lane: text, at: 0 }], pack([Buffer.from(text)]));

const left = (what: string) => {
  const [file, why = ""] = what.split(":");
  const error = expect.stringMatching(`${file} cannot be used: .*${why.trim()}`) as string;
  return { level: "error", fact: "queue.spill_left", fields: expect.objectContaining({ error }) };
};

const ignore = (): void => undefined;

test("two that share a folder have a file each, and neither sees what the other keeps", async () => {
  await using folder = await tempFolder();
  const [one, other] = [takeSlot(folder.path), takeSlot(folder.path)];
  await keep(one, "of one");
  await other.adopt(ignore);

  expect([await textsIn(one), await textsIn(other)]).toEqual([["of one"], []]);

  await one.close();
  await other.close();
});

test("who comes after one that was killed finds what it kept, and its other processes too", async () => {
  await using folder = await tempFolder();
  const one = await startHolder(folder.path, "one", 20);
  const other = await startHolder(folder.path, "other", 1_200);
  await kill(one);
  await kill(other);

  const slot = takeSlot(folder.path);
  const entered = new Set<number>();
  await slot.adopt((some) => some.forEach((shard) => entered.add(shard)));

  expect((await slot.file.depth()).messages).toBe(1_220);
  expect([...entered].toSorted((a, b) => a - b)).toEqual(shards);
  expect(existsSync(join(folder.path, "spill-1.db"))).toBe(false);
  // In the order in which they came, behind what was here.
  const { file } = slot;
  const ofShard = await file.next({ shards: [3], without: [], sent: [], max: 3 });
  expect(ofShard.map(({ lane }) => lane)).toEqual(["one 3", "one 19", "other 3"]);
  await slot.close();
});

test("what a living process keeps is not touched, and goes to another once it is dead", async () => {
  await using folder = await tempFolder();
  const child = await startHolder(folder.path, "of the first", 3);
  const slot = takeSlot(folder.path);
  await slot.adopt(ignore);
  expect(await textsIn(slot)).toEqual([]);

  await kill(child);
  await slot.adopt(ignore);

  expect(await textsIn(slot)).toEqual(["of the first 0", "of the first 1", "of the first 2"]);
  await slot.close();
});

test("a file of the dead that is damaged is told once, and left to a person", async () => {
  await using folder = await tempFolder();
  const { log, lines } = recordedLog();
  const slot = takeSlot(folder.path, log);
  writeFileSync(join(folder.path, "spill-5.db"), "x".repeat(10_000));

  await slot.adopt(ignore);
  await slot.adopt(ignore);

  expect(lines).toEqual([left("spill-5.db")]);
  expect(existsSync(join(folder.path, "spill-5.db"))).toBe(true);
  await slot.close();
});

test("a file of the dead whose events are damaged is told once as well, and those of others are taken over", async () => {
  await using folder = await tempFolder();
  const { log, lines } = recordedLog();
  const [slot, damaged, sound] = [takeSlot(folder.path, log), takeSlot(folder.path), takeSlot(folder.path)];
  await keep(damaged, "of the second");
  await keep(sound, "of the third");
  await damaged.close();
  await sound.close();
  using file = new DatabaseSync(join(folder.path, "spill-1.db"));
  file.exec("update waiting set message = x'00'");

  await slot.adopt(ignore);
  await slot.adopt(ignore);

  expect(lines).toEqual([left("spill-1.db: waiting events are not what was written")]);
  expect(await textsIn(slot)).toEqual(["of the third"]);
  expect(file.prepare("select count(*) as count from waiting").get()).toEqual({ count: 1 });
  await slot.close();
});

test("one that is closed takes nothing more: its file may be another's by now", async () => {
  await using folder = await tempFolder();
  const slot = takeSlot(folder.path);
  await slot.close();

  await expect(keep(slot, "late")).rejects.toThrow(ClosedError);
});
