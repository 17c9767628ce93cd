import type { PoolClient } from "pg";
import type { Message } from "../../../event/message.ts";
import { shardOf } from "../../../event/shard.ts";
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
  #shards = 1;

  constructor(db: Postgres, share: PostgresShare) {
    this.#db = db;
    this.#share = share;
  }

  /** @param shards into how many shards all events are divided */
  divide(shards: number): void {
    this.#shards = shards;
  }

  shardOf(message: Message): number {
    return shardOf(message, this.#shards);
  }

  /** Tells which of these messages have a shard that is ours at this moment. */
  async mine(messages: readonly Message[]): Promise<(message: Message) => boolean> {
    const owned = await this.#share.owned(this.#shardsOf(messages));
    return (message) => owned.has(this.shardOf(message));
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

  /** Tells which shards of these events are ours, and keeps them. */
  #lockOf(events: readonly OfEvent[]): string {
    const shards = this.#shardsOf(events.map(({ message }) => message));
    return `${markChanges(this.#db.schema)}; ${this.#share.keepOwned(shards)}`;
  }

  async #writeMine<T extends OfEvent>(
    rows: RowWriter,
    events: readonly T[],
    owned: readonly OwnShard[],
    work: Work<T>,
  ): Promise<readonly T[]> {
    const shards = new Set(owned.map(({ shard }) => shard));
    const mine = events.filter(({ message }) => shards.has(this.shardOf(message)));
    if (mine.length > 0) await work(rows, mine);
    return mine;
  }

  #shardsOf(messages: readonly Message[]): readonly number[] {
    return [...new Set(messages.map((message) => this.shardOf(message)))];
  }
}
