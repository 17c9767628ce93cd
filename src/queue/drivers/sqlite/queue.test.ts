import { execFile } from "node:child_process";
import { rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { expect, test, vi } from "vitest";
import { blockPool } from "../../../../test/support/blocked-pool.ts";
import { writeFirstVersion } from "../../../../test/support/drivers/first-version.ts";
import { startHolder } from "../../../../test/support/drivers/holder.ts";
import { tempFolder } from "../../../../test/support/temp-folder.ts";
import { encodeMessage } from "../../../event/message.ts";
import { DataVersionError, QueueUnavailableError } from "../../../errors.ts";
import {
  collect,
  messageOf,
  messages,
  never,
  opened,
  takeOne,
  textOf,
  textsOf,
} from "../../../testing/queue-driver/harness.ts";
import { CommitWatch } from "../../../lib/sqlite/commit-watch.ts";
import { FileThread } from "../../../lib/threads/file-thread.ts";
import { type Delivery, type QueueDriver, receiveMs } from "../../driver.ts";
import { queueSchema } from "./schema.ts";
import { openSqliteQueue } from "./queue.ts";

/** Nobody waits so long. */
const leaseMs = 3_600_000;

/** A queue that is closed when its scope ends. */
function opening(path: string): QueueDriver & AsyncDisposable {
  const queue = openSqliteQueue(path, { leaseMs });
  return Object.assign(queue, { [Symbol.asyncDispose]: () => queue.close() });
}

/** Those that could not be read, and those that could. */
function byReading(deliveries: readonly Delivery[]): readonly [readonly Delivery[], readonly Delivery[]] {
  const { no = [], yes = [] } = Object.groupBy(deliveries, ({ message }) =>
    message instanceof RangeError ? "no" : "yes",
  );
  return [no, yes];
}

test("what a process held that was killed is there at once for the next one, without waiting for its lease", async () => {
  await using folder = await tempFolder();
  const path = join(folder.path, "queue.db");
  const sender = openSqliteQueue(path, { leaseMs });
  await sender.send(messages("message", 3));
  const holder = await startHolder("queue", path);
  expect(holder.said).toBe("3");

  await holder.kill();
  await sender.own([0]);
  const deliveries = await collect(sender, 3, { withinMs: 2_000 });

  expect(textsOf(deliveries)).toEqual(["message 0", "message 1", "message 2"]);
  expect(deliveries.map(({ attempt }) => attempt)).toEqual([2, 2, 2]);
  await sender.close();
});

test("a message that stays long does not keep all in memory that were handed out with it", async () => {
  await using folder = await tempFolder();
  const queue = openSqliteQueue(join(folder.path, "queue.db"), { leaseMs });
  await queue.send(messages("x".repeat(1_000), 1_000));
  await queue.own([0]);

  const deliveries = await collect(queue, 1_000);

  const behind = deliveries.map((delivery) => opened(delivery).body.buffer.byteLength);
  expect(Math.max(...behind)).toBeLessThan(70_000);
  await queue.close();
});

test("a file of a newer version is refused at the start", async () => {
  await using folder = await tempFolder();
  const path = join(folder.path, "queue.db");
  const db = new DatabaseSync(path);
  db.exec("pragma user_version = 99");
  db.close();

  expect(() => openSqliteQueue(path, { leaseMs })).toThrow(DataVersionError);
});

test("who is told once more that the file is its own is handed out nothing again", async () => {
  await using folder = await tempFolder();
  const queue = openSqliteQueue(join(folder.path, "queue.db"), { leaseMs });
  await queue.send(messages("message", 1));
  await queue.own([0]);
  await collect(queue, 1);

  await queue.own([0]);

  expect(await queue.receive(1, new AbortController().signal)).toEqual([]);
  await queue.close();
});

test("a trouble with the file fails what meets it, and what comes after it works", async () => {
  await using folder = await tempFolder();
  const path = join(folder.path, "queue.db");
  const queue = openSqliteQueue(path, { leaseMs });
  const other = new DatabaseSync(path);
  other.exec("alter table pack rename to away");
  await expect(queue.send(messages("lost", 1))).rejects.toThrow(QueueUnavailableError);

  other.exec("alter table away rename to pack");
  other.close();
  await queue.send(messages("kept", 1));

  await queue.own([0]);
  expect(textsOf(await collect(queue, 1))).toEqual(["kept 0"]);
  await queue.close();
});

test("what was under way when another consumer died keeps its place, also after a trouble with the file", async () => {
  await using folder = await tempFolder();
  const path = join(folder.path, "queue.db");
  const [dead, next] = [openSqliteQueue(path, { leaseMs }), openSqliteQueue(path, { leaseMs })];
  for (const text of ["a", "b"]) await dead.send(messages(text, 1));
  await dead.own([0]);
  await collect(dead, 2);
  await next.own([0]);
  const early = await takeOne(next);
  const other = new DatabaseSync(path);
  other.exec("alter table pack rename to away");
  await expect(next.send(messages("lost", 1))).rejects.toThrow(QueueUnavailableError);
  other.exec("alter table away rename to pack");
  other.close();

  await next.retry(early, { delayMs: 0, attempt: early.attempt });

  expect(textsOf(await collect(next, 2))).toEqual(["a 0", "b 0"]);
  await Promise.all([dead.close(), next.close()]);
});

test("a file that was deleted is begun anew, so that what is sent from then on is kept", async () => {
  await using folder = await tempFolder();
  const path = join(folder.path, "queue.db");
  const queue = openSqliteQueue(path, { leaseMs });
  await queue.send(messages("lost", 1));
  await rm(path);

  await queue.send(messages("kept", 1));
  await queue.close();

  const again = openSqliteQueue(path, { leaseMs });
  await again.own([0]);
  expect(textsOf(await collect(again, 1))).toEqual(["kept 0"]);
  await again.close();
});

test("a file that was deleted is kept for the history of the workers that live", async () => {
  await using folder = await tempFolder();
  const path = join(folder.path, "queue.db");
  const queue = openSqliteQueue(path, { leaseMs });
  await queue.reserve({ name: "ours", isShared: false });
  for (const suffix of ["", "-wal", "-shm"]) await rm(`${path}${suffix}`, { force: true });

  expect(await queue.reserve({ name: "ours", isShared: false })).toBe(Number.POSITIVE_INFINITY);

  const other = openSqliteQueue(path, { leaseMs });
  expect(await other.reserve({ name: "another", isShared: false })).toBe(0);
  await Promise.all([queue.close(), other.close()]);
});

test("who has the queue for one history and is refused for another keeps it", async () => {
  await using folder = await tempFolder();
  const path = join(folder.path, "queue.db");
  const [queue, other] = [openSqliteQueue(path, { leaseMs }), openSqliteQueue(path, { leaseMs })];
  await queue.reserve({ name: "ours", isShared: false });

  expect(await queue.reserve({ name: "another", isShared: false })).toBe(0);

  expect(await other.reserve({ name: "another", isShared: false })).toBe(0);
  await Promise.all([queue.close(), other.close()]);
});

test("what was handed out of a file that is deleted answers for nothing in the one that takes its place", async () => {
  await using folder = await tempFolder();
  const path = join(folder.path, "queue.db");
  const queue = openSqliteQueue(path, { leaseMs });
  await queue.own([0]);
  await queue.send(messages("old", 1));
  const old = await collect(queue, 1);

  for (const suffix of ["", "-wal", "-shm"]) await rm(`${path}${suffix}`, { force: true });
  await queue.send(messages("new", 1));
  await queue.ack(old);

  expect(textsOf(await collect(queue, 1))).toEqual(["new 0"]);
  await queue.close();
});

test("a file of the version before is taken over with all that waits in it", async () => {
  await using folder = await tempFolder();
  const path = join(folder.path, "queue.db");
  writeFirstVersion(path, queueSchema, (db) => {
    const [a, b, c, d] = ["a", "b", "c", "d"].map((text) => encodeMessage(messageOf(text)));
    const packed = [a, b, c].map((bytes) => bytes ?? new Uint8Array());
    const lengths = new Uint8Array(Uint32Array.from(packed, ({ length }) => length).buffer);
    const pack = db.prepare("insert into pack (id, at, count, lengths, body) values (1, 1, 3, ?, ?)");
    pack.run(lengths, Buffer.concat(packed));
    db.prepare("insert into delayed (ready_at, at, attempt, body) values (0, 1, 4, ?)").run(d ?? null);
    db.exec(`
      insert into lease (pack_id, first, last, until, attempt, owner) values (1, 0, 2, 9e15, 1, 'a dead one');
      update total set waiting = 4`);
  });

  const queue = openSqliteQueue(path, { leaseMs });
  await queue.own([0]);
  const deliveries = await collect(queue, 4);
  await queue.send(messages("new", 1));

  const told = deliveries.map((delivery) => `${textOf(delivery)} ${delivery.attempt}`);
  expect(told.toSorted()).toEqual(["a 2", "b 2", "c 1", "d 4"]);
  expect(textsOf(await collect(queue, 1))).toEqual(["new 0"]);
  expect((await queue.depth()).messages).toBe(5);
  await queue.close();
});

test.each([1, 2])(
  "a message of a newer version is handed out as unreadable, and its bytes stay as they are, also for attempt %i",
  async (attempt) => {
    await using folder = await tempFolder();
    const path = join(folder.path, "queue.db");
    const queue = openSqliteQueue(path, { leaseMs });
    const newer = Buffer.from(encodeMessage(messageOf("newer")));
    newer[0] = 99;
    const file = new DatabaseSync(path);
    const pack = file.prepare("insert into pack (at, count, sent, lengths, body) values (1, 1, 1, ?, ?)");
    pack.run(new Uint8Array(Uint32Array.of(newer.length).buffer), newer);

    await queue.own([0]);
    const delivery = await takeOne(queue);
    await queue.retry(delivery, { delayMs: 0, attempt });
    const again = await takeOne(queue);
    await queue.close();

    const unreadable = new RangeError("A message of format 99; this Hookwell knows format 1.");
    expect([delivery.message, again.message, again.attempt]).toEqual([unreadable, unreadable, attempt]);
    expect(Buffer.from(file.prepare("select body from pack").get()?.["body"] as Uint8Array)).toEqual(newer);
    file.close();
  },
);

test.each([
  ["others than were written", "body = zeroblob(length(body))"],
  ["none", "body = null"],
])(
  "an event whose bytes on the disk are %s stays there and is told, and all others go on",
  async (_, damage) => {
    await using folder = await tempFolder();
    const path = join(folder.path, "queue.db");
    const queue = openSqliteQueue(path, { leaseMs });
    await queue.send(messages("damaged", 2));
    await queue.send(messages("sound", 2));
    const file = new DatabaseSync(path, { defensive: false });
    file.exec(/* sql */ `
      pragma writable_schema = on;
      update sqlite_schema set sql = replace(sql, 'blob not null', 'blob') where name = 'pack';
      pragma writable_schema = reset;
      update pack set ${damage} where id = (select min(id) from pack)`);
    file.close();

    await queue.own([0]);
    const [unread, read] = byReading(await collect(queue, 4));
    for (const delivery of unread) await queue.retry(delivery, { delayMs: 0, attempt: delivery.attempt });
    await queue.ack(read);
    await queue.send(messages("later", 1));
    const [still, later] = byReading(await collect(queue, 3));

    expect([textsOf(read), textsOf(later)]).toEqual([["sound 0", "sound 1"], ["later 0"]]);
    expect(still.map(({ receipt }) => receipt)).toEqual(unread.map(({ receipt }) => receipt));
    for (const { receipt, message } of [...unread, ...still]) {
      const says = `${path} is damaged where the event ${receipt} waits, which stays there, and all others go on.`;
      expect(message).toMatchObject({ message: expect.stringContaining(says) });
    }
    expect((await queue.depth()).messages).toBe(3);
    await queue.close();
  },
);

/** How long a `receive` that waits goes on when this has been done, in ms. */
async function waitAfter(queue: QueueDriver, act: () => Promise<void>): Promise<number> {
  await queue.receive(1, never);
  const receiving = queue.receive(1, never);
  await sleep(receiveMs / 4);
  await act();
  const start = performance.now();
  expect(await receiving).toHaveLength(1);
  return performance.now() - start;
}

test("an idle queue is not claimed from each time that it looks whether there is anything, also over a link", async () => {
  await using folder = await tempFolder();
  const [path, link] = [join(folder.path, "queue.db"), join(folder.path, "link.db")];
  await openSqliteQueue(path, { leaseMs }).close();
  await symlink(path, link);
  await using queue = opening(link);
  await queue.own([0]);
  await queue.receive(1, never);
  const call = vi.spyOn(FileThread.prototype, "call");

  await queue.receive(1, never);

  const calls = call.mock.calls.length;
  call.mockRestore();
  // That at the beginning.
  expect(calls).toBe(1);
});

test("a queue that waits keeps the locks of its process on the file", async () => {
  await using folder = await tempFolder();
  const path = join(folder.path, "queue.db");
  await using queue = opening(path);
  await queue.own([0]);
  await queue.receive(1, never);
  const waiting = new AbortController();
  const receiving = queue.receive(1, waiting.signal);
  await sleep(receiveMs / 4);
  const db = new DatabaseSync(path);
  db.exec("begin immediate");

  waiting.abort();
  await receiving;

  // Another process could write meanwhile, or cut off what this one has mapped, which ends it with SIGBUS.
  expect(await writeElsewhere(path)).toBe("database is locked");
  db.close();
});

/** What another process says that begins to write to the file. */
async function writeElsewhere(path: string): Promise<string> {
  const script = `const db = new (require("node:sqlite").DatabaseSync)(process.argv[1], { timeout: 0 });
    try { db.exec("begin immediate"); console.log("writes"); } catch (error) { console.log(error.message); }`;
  const { stdout } = await promisify(execFile)(process.execPath, ["-e", script, path]);
  return stdout.trim();
}

test("while a queue waits, what another process sends is handed out at once", async () => {
  await using folder = await tempFolder();
  await using queue = opening(join(folder.path, "queue.db"));
  await using sender = opening(join(folder.path, "queue.db"));
  await queue.own([0]);

  const ms = await waitAfter(queue, () => sender.send(messages("message", 1)));

  expect(ms).toBeLessThan(receiveMs / 4);
});

test.for([
  { what: "failed", attempt: 2 },
  { what: "was handed out too early", attempt: 1 },
])("while a queue waits, what $what is handed out when its delay ends", async ({ attempt }) => {
  await using folder = await tempFolder();
  await using queue = opening(join(folder.path, "queue.db"));
  await queue.own([0]);
  await queue.send(messages("message", 1));
  const early = await takeOne(queue);
  // Nothing is committed while it waits.
  await queue.retry(early, { delayMs: 1.5 * receiveMs, attempt });

  const ms = await waitAfter(queue, () => Promise.resolve());

  expect(ms).toBeLessThan(receiveMs / 2);
});

test("what this process sends, or delays, is handed out in time also where commits cannot be noticed", async () => {
  await using folder = await tempFolder();
  await using queue = opening(join(folder.path, "queue.db"));
  await queue.own([0]);
  const noticed = vi.spyOn(CommitWatch.prototype, "hasCommit").mockResolvedValue(false);

  const afterSend = await waitAfter(queue, () => queue.send(messages("message", 1)));
  await queue.send(messages("message", 1));
  const failed = await takeOne(queue);
  const afterRetry = await waitAfter(queue, () => queue.retry(failed, { delayMs: 10, attempt: 2 }));

  noticed.mockRestore();
  expect(Math.max(afterSend, afterRetry)).toBeLessThan(receiveMs / 4);
});

test("what is sent is handed out at once also while handlers keep all threads of Node's pool waiting", async () => {
  await using folder = await tempFolder();
  await using queue = opening(join(folder.path, "queue.db"));
  await queue.own([0]);
  await queue.receive(1, never);
  await using _ = blockPool(folder.path);

  const ms = await waitAfter(queue, () => queue.send(messages("message", 1)));

  expect(ms).toBeLessThan(receiveMs / 4);
});

test("what was sent while a queue was not its consumer's is handed out when it is", async () => {
  await using folder = await tempFolder();
  await using queue = opening(join(folder.path, "queue.db"));
  await using sender = opening(join(folder.path, "queue.db"));
  await queue.own([0]);
  await queue.receive(1, never);
  await queue.own([]);
  const receiving = queue.receive(1, never);
  await sender.send(messages("message", 1));
  await sleep(receiveMs / 4);

  await queue.own([0]);

  const start = performance.now();
  expect(await receiving).toHaveLength(1);
  expect(performance.now() - start).toBeLessThan(receiveMs / 4);
});
