import type { PoolClient } from "pg";
import { codeOf } from "../../../lib/error-code.ts";
import { inTransaction, lastRows } from "../../../lib/postgres/on-connection.ts";
import type { Postgres } from "../../../lib/postgres/postgres.ts";
import { markChanges } from "./changes.ts";
import { type OfEvent, partsOf } from "./parts.ts";
import type { OwnShard, PostgresShare } from "./share/share.ts";
import { type NewRows, RowWriter } from "./writer.ts";

const uniqueViolation = "23505";

/** Writes what is to be written for these events, all of which are of our shards. */
export type Work<T> = (rows: RowWriter, mine: readonly T[]) => Promise<unknown>;

/** Writes only events of our own shards, which nobody can take from us before the commit. */
export class OwnWrites {
  readonly #db: Postgres;
  readonly #share: PostgresShare;

  constructor(db: Postgres, share: PostgresShare) {
    this.#db = db;
    this.#share = share;
  }

  /** Writes part by part; what is written stays if a later part fails. @returns those that were ours */
  async write<T extends OfEvent>(events: readonly T[], work: Work<T>): Promise<ReadonlySet<T>> {
    const written: T[] = [];
    for (const part of partsOf(events)) written.push(...(await this.#writePart(part, work)));
    return new Set(written);
  }

  /** The server has a row that it should not have if an answer was lost, or after a failover. */
  async #writePart<T extends OfEvent>(part: readonly T[], work: Work<T>): Promise<readonly T[]> {
    const opening = `begin; ${this.#lockOf(part)}`;
    const write = (newRows: NewRows): Promise<readonly T[]> =>
      inTransaction<readonly T[], OwnShard>(
        this.#db.pool,
        (client, owned) => this.#writeMine(new RowWriter(client, this.#db, newRows), part, owned, work),
        opening,
      );
    try {
      return await write("copied");
    } catch (error) {
      if (codeOf(error) !== uniqueViolation) throw error;
      return write("inserted");
    }
  }

  /**
   * The same in a transaction that the caller has begun.
   *
   * @param before statements that are asked before, in the same round trip
   */
  async writeIn<T extends OfEvent>(
    client: PoolClient,
    before: string,
    events: readonly T[],
    work: Work<T>,
  ): Promise<readonly T[]> {
    const owned = await lastRows<OwnShard>(client, `${before}; ${this.#lockOf(events)}`);
    return this.#writeMine(new RowWriter(client, this.#db, "inserted"), events, owned, work);
  }

  /** Finds our shards of these events, and keeps them. */
  #lockOf(events: readonly OfEvent[]): string {
    const messages = events.map(({ message }) => message);
    return `${markChanges(this.#db.schema)}; ${this.#share.keeping(messages)}`;
  }

  async #writeMine<T extends OfEvent>(
    rows: RowWriter,
    events: readonly T[],
    owned: readonly OwnShard[],
    work: Work<T>,
  ): Promise<readonly T[]> {
    const isMine = this.#share.isIn(owned);
    const mine = events.filter(({ message }) => isMine(message));
    if (mine.length > 0) await work(rows, mine);
    return mine;
  }
}
