import type { DatabaseSync } from "node:sqlite";
import { crc32 } from "node:zlib";
import { isAsWritten } from "../../lib/sqlite/as-written.ts";

/** Where a message belongs, and since when it waits. */
export interface SpillPlace {
  readonly shard: number;
  readonly lane: string;
  /** When it came, in ms since 1970. */
  readonly at: number;
}

/** Which of the waiting messages are asked for. */
export interface SpillQuery {
  /** In this order, each from the beginning of its line. */
  readonly shards: readonly number[];
  /** Lanes that are passed over. */
  readonly without: readonly string[];
  /** Ids of single messages that are passed over. */
  readonly sent: readonly number[];
  readonly max: number;
}

export interface SpillRow extends SpillPlace {
  readonly id: number;
  /** Empty if the disk has other bytes than were written. */
  readonly message: Uint8Array;
}

export interface SpillDepth {
  readonly messages: number;
  readonly oldestAgeMs: number;
  /** When the last of them came, in ms since 1970; 0 if none waits. */
  readonly newestAt: number;
}

interface DepthRow {
  readonly waiting: number;
  readonly oldest: number | null;
  readonly newest: number | null;
}

/** A read takes no further message once it has so many bytes. */
const mostBytes = 16 * 1024 * 1024;

/** Whether there may be more than these, with at most so many asked for. */
export const isFullList = (rows: readonly SpillRow[], max: number): boolean =>
  rows.length >= max || rows.reduce((sum, { message }) => sum + message.length, 0) >= mostBytes;

/** An empty file with more unused pages, 16 MiB, gives them back. */
const mostUnused = 1024;

/** The table of messages that wait for the engine. The caller gives each batch of actions one transaction. */
export class SpillStore {
  readonly #db: DatabaseSync;
  readonly #statements: ReturnType<typeof prepareAll>;
  /** Whether the log still holds what was vacuumed. */
  #isLogLong = false;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#statements = prepareAll(db);
  }

  add(places: readonly SpillPlace[], messages: readonly Uint8Array[]): void {
    for (const [index, { shard, lane, at }] of places.entries()) {
      const message = messages[index] ?? new Uint8Array();
      this.#statements.add.run(shard, lane, at, crc32(message), message);
    }
    this.#statements.count.run(places.length);
  }

  next({ shards, without, sent, max }: SpillQuery): readonly SpillRow[] {
    const rows: SpillRow[] = [];
    let bytes = 0;
    const passedOver = [JSON.stringify(without), JSON.stringify(sent)] as const;
    for (const shard of shards) {
      if (bytes >= mostBytes) break;
      for (const row of this.#statements.next.iterate(shard, ...passedOver, max - rows.length)) {
        const { checksum, ...found } = row as unknown as SpillRow & { readonly checksum: number };
        const message = isAsWritten(found.message, checksum) ? found.message : new Uint8Array();
        rows.push({ ...found, message });
        bytes += message.length;
        if (bytes >= mostBytes) break;
      }
    }
    return rows;
  }

  remove(ids: readonly number[]): void {
    const { changes } = this.#statements.remove.run(JSON.stringify(ids));
    this.#statements.count.run(-Number(changes));
  }

  depth(): SpillDepth {
    const { waiting, oldest, newest } = this.#statements.depth.get() as unknown as DepthRow;
    const oldestAgeMs = oldest === null ? 0 : Math.max(0, Date.now() - oldest);
    return { messages: waiting, oldestAgeMs, newestAt: newest ?? 0 };
  }

  /**
   * Gives the room of a long line that is gone back to the disk, which SQLite would keep. Not in a transaction. It waits
   * for nobody, since others wait for this thread; what somebody who reads the file keeps from it is left for next time.
   */
  shrink(): void {
    if (this.depth().messages > 0) return;
    const unused = this.#value("pragma freelist_count");
    if (unused <= mostUnused && !this.#isLogLong) return;
    const patience = this.#value("pragma busy_timeout");
    this.#db.exec("pragma busy_timeout = 0");
    try {
      if (unused > mostUnused) this.#db.exec("vacuum");
      this.#isLogLong = true;
      this.#isLogLong = this.#value("pragma wal_checkpoint(truncate)") !== 0;
    } finally {
      this.#db.exec(`pragma busy_timeout = ${patience}`);
    }
  }

  /** The first column. */
  #value(statement: string): number {
    return Number(Object.values(this.#db.prepare(statement).get() ?? {})[0]);
  }
}

const prepareAll = (db: DatabaseSync) => ({
  add: db.prepare("insert into waiting (shard, lane, at, checksum, message) values (?, ?, ?, ?, ?)"),
  count: db.prepare("update total set waiting = waiting + ?"),
  next: db.prepare(/* sql */ `
    select id, shard, lane, at, checksum, message from waiting
    where shard = ? and lane not in (select value from json_each(?)) and id not in (select value from json_each(?))
    order by id limit ?`),
  remove: db.prepare("delete from waiting where id in (select value from json_each(?))"),
  depth: db.prepare(/* sql */ `
    select waiting, (select at from waiting order by id limit 1) as oldest,
      (select at from waiting order by id desc limit 1) as newest from total`),
});
