import type { PoolClient } from "pg";
import type { Message } from "../../../event/message.ts";
import { shardOf } from "../../../event/shard.ts";
import { codeOf } from "../../../lib/error-code.ts";
import { inTransaction } from "../../../lib/postgres/in-transaction.ts";
import type { Postgres } from "../../../lib/postgres/postgres.ts";
import { markChanges } from "./changes.ts";
import { type OfEvent, partsOf } from "./parts.ts";
import type { PostgresShare } from "./share/share.ts";
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

  /** Tells which of these messages have a shard that is ours; with a transaction, it stays ours until that ends. */
  async mine(messages: readonly Message[], client?: PoolClient): Promise<(message: Message) => boolean> {
    const shards = [...new Set(messages.map((message) => this.shardOf(message)))];
    const owned = await this.#share.owned(shards, client);
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
    const write = (newRows: NewRows): Promise<readonly T[]> =>
      inTransaction(this.#db.pool, (client) => this.writeIn(client, part, work, newRows));
    try {
      return await write("copied");
    } catch (error) {
      if (codeOf(error) !== uniqueViolation) throw error;
      return write("inserted");
    }
  }

  /** The same in a transaction that the caller has begun. */
  async writeIn<T extends OfEvent>(
    client: PoolClient,
    events: readonly T[],
    work: Work<T>,
    newRows: NewRows = "inserted",
  ): Promise<readonly T[]> {
    const isMine = await this.mine(
      events.map(({ message }) => message),
      client,
    );
    const mine = events.filter(({ message }) => isMine(message));
    if (mine.length === 0) return [];
    await markChanges(client, this.#db.schema);
    await work(new RowWriter(client, this.#db, newRows), mine);
    return mine;
  }
}
