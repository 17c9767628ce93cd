import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { freshEvent } from "../../src/sandbox/fresh-event.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { seededRandom } from "../../src/lib/random.ts";
import { answers } from "../support/servers/engines.ts";
import { ownSchema } from "../support/drivers/postgres-harness.ts";
import { RedisServer } from "../support/servers/redis-server.ts";
import type { Answer } from "../support/program/client.ts";
import { needsMount, smallDisk } from "../support/disk.ts";
import { readJournal, startProgram, type Program } from "../support/program/process.ts";
import { tempFolder } from "../support/temp-folder.ts";

test("a full disk means 503 and one line in the log, loses nothing, and is over when there is room", async (context) => {
  needsMount(context);
  await using disk = await smallDisk(8);
  await using folder = await tempFolder();
  await using program = await startProgram({ folder: folder.path, env: { HOOKWELL_DATA: disk.path } });
  const sender = senderTo(program);
  await sender.send();

  await disk.fill();
  const refused = await sender.sendUntil(503);
  await sender.send();
  await sender.send();

  expect(refused.headers.get("retry-after")).toMatch(/^[1-9]\d*$/);
  const lines = program.log.filter(({ fact }) => fact === "receive.unavailable");
  expect(lines).toMatchObject([{ level: "error", code: "QUEUE_UNAVAILABLE" }]);
  expect(lines[0]?.["error"]).toMatch(/full/);
  await disk.makeRoom();
  await sender.sendUntil(200);
  await sender.expectAllKept();
});

test.skipIf(!(await answers("redis")))(
  "a disk that is full while the server of the queue is away means 503, loses nothing, and is over when one is back",
  async (context) => {
    needsMount(context);
    await using server = await RedisServer.start("--appendfsync", "always");
    await using disk = await smallDisk(8);
    await using folder = await tempFolder();
    const env = { HOOKWELL_QUEUE: server.url, HOOKWELL_DATA: disk.path };
    await using receiver = await startProgram({ folder: folder.path, parts: "receive", env });
    const sender = senderTo(receiver);
    await server.stop();
    await sender.send();

    await disk.fill();
    await sender.sendUntil(503);
    expect((await fetch(new URL("/readyz", receiver.url))).status).toBe(503);
    await disk.makeRoom();
    // After a few seconds it may show whether there is room again.
    await eventually(async () => expect((await fetch(new URL("/readyz", receiver.url))).status).toBe(200));
    await sender.sendUntil(200);

    // Once more, and this time it is the server that is back while the disk is full.
    await disk.fill();
    await sender.sendUntil(503);
    await server.start();
    await sender.sendUntil(200);

    await using schema = ownSchema();
    await using workers = await tempFolder();
    const engines = { HOOKWELL_QUEUE: server.url, HOOKWELL_LEDGER: schema.url };
    await using worker = await startProgram({ folder: workers.path, parts: "process", env: engines });
    await disk.makeRoom();
    await sender.expectAllKept(worker);
    const facts = receiver.log.map(({ fact }) => fact);
    expect(facts.filter((fact) => fact === "queue.spill_failed").length).toBeLessThanOrEqual(2);
  },
);

test("a disk that becomes read-only means 503, loses nothing, and is over when it can be written", async (context) => {
  needsMount(context);
  await using disk = await smallDisk(8);
  await using folder = await tempFolder();
  const options = { folder: folder.path, env: { HOOKWELL_DATA: disk.path } };
  await using first = await startProgram(options);
  const sender = senderTo(first);
  await sender.send();
  await first.kill();
  await using receiver = await startProgram({ ...options, parts: "receive" });

  await disk.setReadOnly();
  const refused = await sender.sendUntil(503, receiver);
  const room = await roomOf(receiver);
  await disk.setWritable();
  await sender.sendUntil(200, receiver);

  expect(room).toBe(0);
  expect(await roomOf(receiver)).toBeGreaterThan(0);
  expect(refused.headers.get("retry-after")).toMatch(/^[1-9]\d*$/);
  const lines = receiver.log.filter(({ fact }) => fact === "receive.unavailable");
  expect(lines).toMatchObject([{ level: "error", code: "QUEUE_UNAVAILABLE" }]);
  await using last = await startProgram({ ...options, parts: "process" });
  await sender.expectAllKept(last);
});

test.concurrent.each([
  // With handlers that are slow, the queue is all that keeps an event; with quick ones, it is the ledger.
  { name: "queue.db", how: "with its log", handlerMs: "60000" },
  { name: "queue.db", how: "alone", handlerMs: "60000" },
  { name: "ledger.db", how: "with its log", handlerMs: "0" },
  { name: "ledger.db", how: "alone", handlerMs: "0" },
  { name: "receive.db", how: "with its log", handlerMs: "0" },
])(
  "when $name is deleted $how, what is acknowledged from then on is durable",
  async ({ name, how, handlerMs }) => {
    await using folder = await tempFolder();
    await using program = await startProgram({ folder: folder.path, handlerMs });
    await senderTo(program).send();
    await program.send("{");
    await eventually(async () => expect(await readJournal(folder.path)).not.toEqual([]));

    await removeFiles(join(folder.path, "data"), how === "alone" ? `${name}$` : `${name}(-wal|-shm)?$`);
    const sender = senderTo(program);
    await sender.sendUntil(200);
    await sender.send();
    await eventually(async () => expect((await program.send("{")).status).toBe(400));
    if (handlerMs === "0") await program.settled();
    await program.kill();

    await using restarted = await startProgram({ folder: folder.path });
    await sender.expectAllKept(restarted);
    expect((await restarted.quarantine()).length).toBeGreaterThan(0);
  },
);

const world = { random: seededRandom(17), now: Date.now };

/** What a process tells about the room in its data folder, in bytes. */
async function roomOf({ url }: Program): Promise<number> {
  const metrics = await (await fetch(new URL("/metrics", url))).text();
  return Number(/^hookwell_data_room_bytes (.*)$/m.exec(metrics)?.[1]);
}

/** Sends large events, each a new one, and remembers those that were acknowledged. */
function senderTo(program: Program) {
  const acknowledged = new Map<string, string>();
  const send = async (to = program): Promise<Answer> => {
    const event = { ...freshEvent("message.sent", world), filler: "x".repeat(50_000) };
    const text = JSON.stringify(event);
    const answer = await to.send(text);
    if (answer.status === 200) acknowledged.set(event.eventId, text);
    return answer;
  };
  return {
    send,
    sendUntil: (status: number, to = program): Promise<Answer> =>
      eventually(async () => {
        const answer = await send(to);
        expect(answer.status).toBe(status);
        return answer;
      }, 20_000),
    /** Handled, and kept to the byte. */
    expectAllKept: (at = program): Promise<void> =>
      eventually(async () => {
        for (const [eventId, text] of acknowledged) {
          expect((await at.event(eventId))?.status).toBe("handled");
          expect(Buffer.from((await at.body(eventId)) ?? []).toString()).toBe(text);
        }
      }, 20_000),
  };
}

async function removeFiles(folder: string, pattern: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => new RegExp(`^${pattern}`).test(name));
  // The database last: once it is gone, the program begins a new one with a log of its own, which must stay.
  for (const name of names.sort().toReversed()) await rm(join(folder, name), { force: true });
}
