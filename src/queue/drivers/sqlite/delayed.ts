import type { DatabaseSync } from "node:sqlite";
import { crc32 } from "node:zlib";
import { isAsWritten } from "../../../lib/sqlite/as-written.ts";
import { noBytes } from "./claim.ts";
import { another, nobody } from "./leases.ts";

/** A message that is to be tried again, without its body, since many may be looked at and few taken. */
export interface Delayed {
  readonly id: number;
  readonly attempt: number;
  readonly handed: number;
}

interface BodyRow {
  /** Bytes, unless the row is damaged. */
  readonly body: unknown;
  /** Null for what an earlier version wrote. */
  readonly checksum: number | null;
}

/** The table of messages that left their packs to be tried again later. */
export class SqliteDelayed {
  readonly #owner: string;
  readonly #statements: ReturnType<typeof prepareAll>;

  /** @param owner whose messages are extended and released */
  constructor(db: DatabaseSync, owner: string) {
    this.#owner = owner;
    this.#statements = prepareAll(db);
  }

  /** @param at when it was first sent */
  add(message: Uint8Array, at: number, readyAt: number, attempt: number): void {
    this.#statements.add.run(readyAt, at, attempt, crc32(message), message);
  }

  /** Lets a message wait once more. */
  again(id: number, readyAt: number, attempt: number): void {
    this.#statements.again.run(readyAt, attempt, id);
  }

  /**
   * Lets a message wait that was only handed out too early: it keeps its place among what was handed out.
   *
   * @param before the newest hand-out to another consumer
   */
  park(id: number, readyAt: number, attempt: number, before: number): void {
    this.#statements.park.run(readyAt, attempt, before, id);
  }

  /** Removes a message; gives 1, or 0 if it was gone already. */
  drop(id: number): number {
    return Number(this.#statements.drop.run(id).changes);
  }

  /** Messages whose lease, or the delay that replaced such a lease, has ended, in the order of hand-outs. */
  ended(now: number, limit: number): readonly Delayed[] {
    return this.#statements.ended.all(now, limit) as unknown as Delayed[];
  }

  /** Others that were handed out too early and have waited, in the order of hand-outs. */
  waited(now: number, limit: number): readonly Delayed[] {
    return this.#statements.waited.all(now, limit) as unknown as Delayed[];
  }

  /** Messages whose delay or lease has ended, in the order in which it did. */
  due(now: number, limit: number): readonly Delayed[] {
    return this.#statements.due.all(now, limit) as unknown as Delayed[];
  }

  /** Leases a message, and gives its body, or `noBytes`. */
  hold({ id, attempt }: Delayed, until: number, handed: number): Uint8Array {
    // A lease that ends without an answer counts as an attempt, so the attempt of the next hand-out is written now.
    this.#statements.hold.run(until, attempt + 1, this.#owner, handed, id);
    const { body, checksum } = this.#statements.body.get(id) as unknown as BodyRow;
    return isAsWritten(body, checksum) ? body : noBytes;
  }

  extend(id: number, until: number): void {
    this.#statements.extend.run(until, id, this.#owner);
  }

  /** Gives everything back at once; what was not answered keeps its attempt. */
  release(): void {
    this.#statements.release.run(this.#owner);
  }
}

const prepareAll = (db: DatabaseSync) => ({
  add: db.prepare(
    "insert into delayed (ready_at, at, attempt, handed, checksum, body) values (?, ?, ?, 0, ?, ?)",
  ),
  again: db.prepare("update delayed set ready_at = ?, attempt = ?, owner = null, handed = 0 where id = ?"),
  park: db.prepare(/* sql */ `
    update delayed set ready_at = ?, attempt = ?, owner = iif(handed <= ?, '${another}', '${nobody}') where id = ?`),
  drop: db.prepare("delete from delayed where id = ?"),
  ended: db.prepare(/* sql */ `
    select id, attempt, handed from delayed
    where ready_at <= ? and owner <> '${nobody}' order by handed, id limit ?`),
  waited: db.prepare(/* sql */ `
    select id, attempt, handed from delayed
    where ready_at <= ? and owner = '${nobody}' order by handed, id limit ?`),
  due: db.prepare(/* sql */ `
    select id, attempt, handed from delayed where ready_at <= ? order by ready_at, id limit ?`),
  hold: db.prepare("update delayed set ready_at = ?, attempt = ?, owner = ?, handed = ? where id = ?"),
  body: db.prepare("select body, checksum from delayed where id = ?"),
  extend: db.prepare("update delayed set ready_at = ? where id = ? and owner = ?"),
  // They keep their places among what was handed out.
  release: db.prepare("update delayed set ready_at = 0, attempt = attempt - 1 where owner = ?"),
});
