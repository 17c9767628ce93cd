import { existsSync } from "node:fs";
import { open, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, onTestFinished, test, vi } from "vitest";
import { tempFolder } from "../../test/support/temp-folder.ts";
import { ConfigError, QueueUnavailableError } from "../errors.ts";
import { ledgerSchema } from "../ledger/drivers/sqlite/schema.ts";
import { takeLock } from "../lib/sqlite/file-lock.ts";
import { openDatabase } from "../lib/sqlite/sqlite.ts";
import type { Log } from "../log.ts";
import { aMessage } from "../testing/builders.ts";
import { eventually } from "../testing/eventually.ts";
import { never, opened } from "../testing/queue-driver/harness.ts";
import { recordedLog } from "../testing/recorded-log.ts";
import { openQueue } from "./open-queue.ts";
import type { Queue } from "./queue.ts";
import { SpillFiles } from "./spill/file.ts";

const options = { leaseMs: 30_000, highWater: 10 };

test.each([
  ["sqlite:", "queue.db"],
  ["sqlite:%/elsewhere/other.db", "elsewhere/other.db"],
])("%s is the file %s, and needs none beside it for when it is away", async (url, file) => {
  await using folder = await tempFolder();

  const queue = await openQueue(url.replace("%", folder.path), folder.path, { ...options, spill: true });
  await queue.put([aMessage({ eventId: "e1" })]);
  await queue.own([0]);
  const deliveries = await queue.receive(1, never);
  await queue.close();

  expect(deliveries.map((delivery) => opened(delivery).eventId)).toEqual(["e1"]);
  expect(existsSync(join(folder.path, file))).toBe(true);
  expect(existsSync(join(folder.path, "spill-0.lock"))).toBe(false);
});

test("memory: writes nothing", async () => {
  await using folder = await tempFolder();
  const data = join(folder.path, "data");

  const queue = await openQueue("memory:", data, options);
  await queue.put([aMessage()]);
  await queue.close();

  expect(existsSync(data)).toBe(false);
});

test.each(["kafka://localhost", "nonsense", ""])("%o is of no queue that this version knows", async (url) => {
  const opening = openQueue(url, "/nowhere", options);

  await expect(opening).rejects.toThrow(ConfigError);
  await expect(opening).rejects.toThrow(/^HOOKWELL_QUEUE \(--queue\)/);
});

test("a file of what waits for a server that turns out to be damaged is left to a person, and another one is used", async () => {
  await using folder = await tempFolder();
  const path = join(folder.path, "spill-0.db");
  const files = new SpillFiles();
  await files.at(path).depth();
  await files.close();
  const db = new DatabaseSync(path);
  const { rootpage } = db.prepare("select rootpage from sqlite_schema where name = 'total'").get() ?? {};
  db.close();
  const pageBytes = 16_384;
  const damaged = await open(path, "r+");
  await damaged.write(Buffer.alloc(pageBytes, 0xff), 0, pageBytes, (Number(rootpage) - 1) * pageBytes);
  await damaged.close();
  const { log, facts } = recordedLog();

  const queue = await openQueue("redis://127.0.0.1:1", folder.path, { ...options, spill: true, log });
  await queue.put([aMessage()]);

  expect(await queue.depth()).toMatchObject({ spilled: 1 });
  expect(facts()).toContain("queue.spill_left");
  expect(takeLock(join(folder.path, "spill-0.lock"))).toBeDefined();
  await queue.close();
});

test.each([
  ["a file, which does not forward it", "sqlite:", true],
  ["a server, and keeps nothing here any more", "redis://127.0.0.1:1", false],
])("what was kept for a server is told by a receiver that has %s", async (_what, url, spill) => {
  await using folder = await tempFolder();
  const before = await openQueue("redis://127.0.0.1:1", folder.path, { ...options, spill: true });
  await before.put([aMessage({ eventId: "e1" }), aMessage({ eventId: "e2" })]);
  const whileItLives = recordedLog();
  await (await openQueue(url, folder.path, { ...options, spill, log: whileItLives.log })).close();
  await before.close();
  const { log, lines } = recordedLog();

  await (await openQueue(url, folder.path, { ...options, spill, log })).close();

  expect(whileItLives.facts()).not.toContain("queue.spill_left");
  expect(lines).toContainEqual({
    level: "error",
    fact: "queue.spill_left",
    fields: { events: 2, cure: expect.stringContaining("`hookwell receive`") as string },
  });
  const again = await openQueue("redis://127.0.0.1:1", folder.path, { ...options, spill: true });
  expect(await again.depth()).toMatchObject({ spilled: 2 });
  await again.close();
});

test("where the folder of what waits for a server cannot be made, the queue opens without", async () => {
  await using folder = await tempFolder();
  const file = join(folder.path, "file");
  await writeFile(file, "");
  const { log, facts } = recordedLog();

  const data = join(file, "data");
  const queue = await openQueue("redis://127.0.0.1:1", data, { ...options, spill: true, log });
  await queue.close();

  expect(facts()).toContain("queue.no_spill");
});

test("a folder that can be written only after the start is used from then on, with what was left there", async () => {
  await using folder = await tempFolder();
  const [data, moved] = [join(folder.path, "data"), join(folder.path, "moved")];
  const open = (log?: Log): Promise<Queue> =>
    openQueue("redis://127.0.0.1:1", data, { ...options, spill: true, ...(log && { log }) });
  const before = await open();
  await before.put([aMessage()]);
  await before.close();
  await rename(data, moved);
  await writeFile(data, "");
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  const { log, facts } = recordedLog();
  const queue = await open(log);
  await expect(queue.put([aMessage()])).rejects.toBeInstanceOf(QueueUnavailableError);

  await rm(data);
  await rename(moved, data);
  await vi.advanceTimersByTimeAsync(10_000);
  vi.useRealTimers();

  await eventually(() => expect(facts()).toContain("queue.spill_works"));
  await queue.put([aMessage()]);
  expect(await queue.depth()).toMatchObject({ spilled: 2 });
  await queue.close();
});

test("a queue that is named, and is a ledger or no database, is told with its setting", async () => {
  await using folder = await tempFolder();
  const [foreign, text] = [join(folder.path, "foreign.db"), join(folder.path, "text")];
  openDatabase(foreign, ledgerSchema).close();
  await writeFile(text, "no database");

  for (const path of [foreign, text]) {
    const opening = openQueue(`sqlite:${path}`, folder.path, options);

    await expect(opening).rejects.toThrow(ConfigError);
    await expect(opening).rejects.toThrow(`HOOKWELL_QUEUE (--queue) is ${path}, which is not a queue`);
  }
});
