import { join } from "node:path";
import type { QueueDriver } from "../../../src/queue/driver.ts";
import { openMemoryQueue } from "../../../src/queue/drivers/memory/queue.ts";
import { MemoryQueueStore } from "../../../src/queue/drivers/memory/store.ts";
import { queueSchema } from "../../../src/queue/drivers/sqlite/schema.ts";
import { SqliteQueueStore } from "../../../src/queue/drivers/sqlite/store.ts";
import { openSqliteQueue } from "../../../src/queue/drivers/sqlite/queue.ts";
import { unpack } from "../../../src/lib/threads/spans.ts";
import { openDatabase, transaction } from "../../../src/lib/sqlite/sqlite.ts";
import { decodeMessage, encodeMessage, encodeMessages } from "../../../src/event/message.ts";
import { opened } from "../../../src/testing/queue-driver/harness.ts";
import type { PlayClock } from "../../../src/testing/play.ts";
import type { QueuePlayHarness } from "../../../src/testing/queue-driver/random-play.ts";
import { driverHarness } from "./driver-harness.ts";
import { tempFolder } from "../temp-folder.ts";

interface Leased {
  readonly leaseMs?: number;
}

/** A clock that only goes when it is told to; `Date.now` must be the same. */
export async function memoryQueueHarness(clock: PlayClock, shards = 1): Promise<QueuePlayHarness> {
  const store = new MemoryQueueStore(clock.now, shards);
  return { clock, ...driverHarness((options?: Leased) => openMemoryQueue(store, options)) };
}

export async function sqliteQueueHarness(): Promise<QueuePlayHarness> {
  const folder = await tempFolder();
  return driverHarness(
    (options) => openSqliteQueue(join(folder.path, "queue.db"), { leaseMs: 30_000, ...options }),
    () => folder[Symbol.asyncDispose](),
  );
}

interface Tables extends QueueDriver {
  /** Leaves the file as a process does that is killed. */
  kill(): void;
}

let owners = 0;

/** The tables of the embedded queue without their thread, on a clock that the caller moves. */
function openTables(path: string, leaseMs: number, now: () => number): Tables {
  const db = openDatabase(path, queueSchema);
  db.exec("pragma synchronous = off");
  owners += 1;
  const store = new SqliteQueueStore(db, { owner: `owner ${owners}`, leaseMs, before: 0 }, now);
  const kill = (): void => {
    if (db.isOpen) db.close();
  };
  return {
    shards: 1,
    send: async (messages) => transaction(db, () => store.send(unpack(encodeMessages(messages)))),
    own: async () => transaction(db, () => store.takeOver()),
    reserve: async () => Number.POSITIVE_INFINITY,
    report: () => Promise.reject(new Error("These are tables without an engine.")),
    receive: async (max) =>
      transaction(db, () =>
        store.claim(max).map(({ body, ...delivery }) => ({ ...delivery, message: decodeMessage(body) })),
      ),
    ack: async (deliveries) => transaction(db, () => store.ack(deliveries.map(({ receipt }) => receipt))),
    retry: async ({ receipt, message, attempt: before }, { delayMs, attempt }) =>
      transaction(db, () =>
        attempt === before
          ? store.park([{ receipt, ms: delayMs, attempt }])
          : store.retry(receipt, encodeMessage(opened({ message })), { ms: delayMs, attempt }),
      ),
    extend: async (deliveries) =>
      transaction(db, () => store.extend(deliveries.map(({ receipt }) => receipt))),
    depth: async () => transaction(db, () => store.depth()),
    close: async () => {
      if (db.isOpen) transaction(db, () => store.release());
      kill();
    },
    kill,
  };
}

export async function sqliteQueueTablesHarness(clock: PlayClock): Promise<QueuePlayHarness> {
  const folder = await tempFolder();
  const opened = new Map<QueueDriver, Tables>();
  return {
    clock,
    open: async ({ leaseMs = 30_000 } = {}) => {
      const tables = openTables(join(folder.path, "queue.db"), leaseMs, clock.now);
      opened.set(tables, tables);
      return tables;
    },
    kill: async (driver) => opened.get(driver)?.kill(),
    dispose: async () => {
      for (const tables of opened.values()) tables.kill();
      await folder[Symbol.asyncDispose]();
    },
  };
}
