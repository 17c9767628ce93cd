import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, vi } from "vitest";
import { openDatabase } from "../../../src/lib/sqlite/sqlite.ts";
import type { Claimed } from "../../../src/queue/drivers/sqlite/claim.ts";
import { queueSchema } from "../../../src/queue/drivers/sqlite/schema.ts";
import { type SqliteConsumer, SqliteQueueStore } from "../../../src/queue/drivers/sqlite/store.ts";
import { bytesOf } from "../../../src/testing/bytes.ts";
import { tempFolder } from "../temp-folder.ts";

export const leaseMs = 1_000;
export const start: number = Date.UTC(2026, 0, 1);

/** In each test of a file, time passes only as `pass` says. */
export function stopClock(): void {
  beforeEach(() => {
    vi.useFakeTimers({ now: start, toFake: ["Date"] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });
}

export const consumerOf = (owner: string): SqliteConsumer => ({ owner, leaseMs, before: 0 });

export const pass = (ms: number): void => void vi.setSystemTime(Date.now() + ms);

/** The tables of a queue, and consumers that share them. */
export interface QueueTables extends AsyncDisposable {
  readonly db: DatabaseSync;
  readonly store: SqliteQueueStore;
  readonly consumer: (name: string) => SqliteQueueStore;
  /** Sends messages of one letter each, as one send. */
  readonly send: (letters: string) => void;
}

export async function openTables(): Promise<QueueTables> {
  const folder = await tempFolder();
  const db = openDatabase(join(folder.path, "queue.db"), queueSchema);
  const consumer = (name: string): SqliteQueueStore => new SqliteQueueStore(db, consumerOf(name), Date.now);
  const store = consumer("one");
  return {
    db,
    store,
    consumer,
    send: (letters: string) => store.send(letters.split("").map(bytesOf)),
    [Symbol.asyncDispose]: async () => {
      db.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

export const textsOf = (claimed: readonly Claimed[]): string =>
  claimed.map(({ body }) => String.fromCharCode(...body)).join("");
export const attemptsOf = (claimed: readonly Claimed[]): readonly number[] =>
  claimed.map(({ attempt }) => attempt);
export const receiptsOf = (claimed: readonly Claimed[]): readonly string[] =>
  claimed.map(({ receipt }) => receipt);

/** How many rows a table has. */
export const countOf = (db: DatabaseSync, table: string): number =>
  Number(db.prepare(`select count(*) as count from ${table}`).get()?.["count"]);
