import type { QueryConfig } from "pg";
import { inTransaction } from "../../../lib/postgres/on-connection.ts";
import type { Postgres } from "../../../lib/postgres/postgres.ts";
import type { Delivery } from "../../driver.ts";
import { floored, type FlooredShards } from "./floors.ts";
import type { HandOutLimit } from "./hand-out-limit.ts";
import { deliveryOf, idOf, sentTypes, type MessageRow } from "./rows.ts";

const sent = Object.keys(sentTypes).join(", ");

/** Makes a message ready that was handed out: it waits again or, if it was tried again, is due before all others. */
const ready = "waiting = m.place is null, ready_at = '-infinity', owner = null";

/** Somebody may have written the largest number there is; what cannot be counted would keep all others from coming. */
const nextAttempt = `least(attempt, ${2 ** 31 - 2}) + 1`;

/**
 * One consumer in the tables: what it is handed, and what becomes of that when a shard changes hands, an answer was lost
 * or it ends. Each statement is a transaction of its own. Those that wait for rows do so in the order of `id`, so that
 * no two ever wait for each other.
 */
export class PostgresConsumer {
  readonly #db: Postgres;
  readonly #owner: string;
  readonly #leaseMs: number;
  /** 0 before it begins, when the server does not know it. */
  #epoch = 0;

  constructor(db: Postgres, owner: string, leaseMs: number) {
    this.#db = db;
    this.#owner = owner;
    this.#leaseMs = leaseMs;
  }

  /**
   * Takes what is ready, in the order of its place: what waits, and what has a lease or delay that is over. The
   * statement uses `now()`, with which an index can be searched, since it stays the same.
   */
  async take(max: number, shards: FlooredShards, limit: HandOutLimit): Promise<readonly Delivery[]> {
    const rows = await this.#ask<MessageRow>(limit.withinMs, {
      name: "take",
      text: `with owned as materialized (select * from ${floored}), waits as (
          select w.* from owned cross join lateral (
            select ctid as at, id as place, octet_length(body) as size from ${this.#table}
              where waiting and shard = owned.shard and id >= owned.id order by id limit $5) w
          union all
          select r.* from owned cross join lateral (
            select ctid, coalesce(place, id), octet_length(body) from ${this.#table}
              where not waiting and shard = owned.shard and ready_at = '-infinity' order by place limit $5) r
          union all
          select d.* from owned cross join lateral (
            select ctid, coalesce(place, id), octet_length(body) from ${this.#table}
              where not waiting and shard = owned.shard and ready_at >= owned.due and ready_at <= now()
              order by ready_at, place limit $5) d
        ), picked as (
          select at from (
            select at, sum(size) over (order by place) - size as before from waits order by place limit $5) p
          where before < $9
        ), next as (
          select m.ctid as at from ${this.#table} m
            where m.ctid = any(array(select at from picked)) and (m.waiting or m.ready_at <= now())
              and exists (select from ${this.#db.schema}.consumer where id = $6 and epoch = $8 for share)
            for update of m skip locked)
        update ${this.#table} m set waiting = false, owner = $6, attempt = ${nextAttempt},
            ready_at = clock_timestamp() + $7 * interval '1 ms'
          from next where m.ctid = next.at
          returning m.id, coalesce(m.place, m.id) as place, m.attempt, ${sent}`,
      // $1 to $4 are those of `floored`, $5 is `max`.
      values: [...shards, max, this.#owner, this.#leaseMs, this.#epoch, limit.bytes],
    });
    return rows.toSorted((a, b) => a.place - b.place).map(deliveryOf);
  }

  /**
   * In how many ms a lease or a delay of these shards ends, which nobody announces. Also, whether this consumer is
   * handed anything at all: not if somebody has taken over shards since it began.
   *
   * @param withinMs what falls due later is of no interest
   */
  async due(
    shards: FlooredShards,
    withinMs: number,
  ): Promise<{ readonly ms: number; readonly isKnown: boolean }> {
    const { rows } = await this.#db.pool.query<{ ms: number | null; known: boolean }>({
      name: "due",
      text: `with owned as materialized (select * from ${floored}), next as (
          select r.ready_at from owned cross join lateral (
            select now() as ready_at from ${this.#table}
              where not waiting and shard = owned.shard and ready_at = '-infinity' order by place limit 1) r
          union all
          select d.ready_at from owned cross join lateral (
            select ready_at from ${this.#table}
              where not waiting and shard = owned.shard
                and ready_at >= owned.due and ready_at <= now() + $7 * interval '1 ms'
              order by ready_at, place limit 1) d)
        select (select extract(epoch from min(ready_at) - clock_timestamp()) * 1000 from next)::float8 as ms,
          exists (select from ${this.#db.schema}.consumer where id = $5 and epoch = $6) as known`,
      // $1 to $4 are those of `floored`, $5 is the owner.
      values: [...shards, this.#owner, this.#epoch, withinMs],
    });
    const { ms = null, known = false } = rows[0] ?? {};
    return { ms: ms ?? Infinity, isKnown: known };
  }

  /**
   * Makes ready what anybody holds of these shards, and what was sent back as too early, for later: it must not begin
   * behind what was sent later. The last owner may be dead while a hand-out to it is still on its way: either this
   * waits for that hand-out, or the hand-out finds nothing any more. Other consumers that are alive begin anew.
   */
  async takeOver(shards: readonly number[]): Promise<void> {
    if (shards.length === 0) return;
    await this.#db.pool.query(
      `with others as (select id from ${this.#db.schema}.consumer where id <> $1 order by id for update)
        delete from ${this.#db.schema}.consumer c using others where c.id = others.id`,
      [this.#owner],
    );
    await this.#makeReady("m.owner is not null and m.shard = any($1)", [shards]);
  }

  /**
   * Called before the first hand-out, and after one whose answer was lost: from now on, no earlier call that is still
   * on its way hands out anything to this consumer, and what it was handed without knowing is free again.
   *
   * @param held what it knows to hold
   */
  async begin(held: readonly string[]): Promise<void> {
    this.#epoch += 1;
    await this.#db.pool.query(
      `insert into ${this.#db.schema}.consumer (id, epoch) values ($1, $2)
         on conflict (id) do update set epoch = excluded.epoch`,
      [this.#owner, this.#epoch],
    );
    await this.#makeReady(
      "m.owner = $1 and m.id <> all($2)",
      [this.#owner, held.map(idOf)],
      ", attempt = m.attempt - 1",
    );
  }

  /** Makes all ready again that this consumer holds; it was handed out, so that counts as an attempt. */
  async giveUp(): Promise<void> {
    await this.#makeReady("m.owner = $1", [this.#owner]);
  }

  /** The same, before it ends. */
  async release(): Promise<void> {
    if (this.#epoch === 0) return;
    await this.#db.pool.query(`delete from ${this.#db.schema}.consumer where id = $1`, [this.#owner]);
    await this.giveUp();
  }

  /** @param withinMs how long the answer may take, in ms; the usual time if not given */
  async #ask<Row extends object>(withinMs: number | undefined, query: QueryConfig): Promise<readonly Row[]> {
    if (withinMs === undefined) return (await this.#db.pool.query<Row>(query)).rows;
    return inTransaction(this.#db.pool, async (client) => {
      // The server may be done long before its whole answer has arrived.
      await client.query(
        `set local statement_timeout = ${withinMs}; set local idle_in_transaction_session_timeout = ${withinMs}`,
      );
      return (await client.query<Row>({ ...query, query_timeout: withinMs } as QueryConfig)).rows;
    });
  }

  /** The condition is asked twice, since another message may have the same number. */
  async #makeReady(which: string, values: readonly unknown[], more = ""): Promise<void> {
    await this.#db.pool.query(
      `with held as (select id from ${this.#table} m where not waiting and ${which} order by id for update)
        update ${this.#table} m set ${ready}${more}
          from held where not m.waiting and ${which} and m.id = held.id`,
      [...values],
    );
  }

  get #table(): string {
    return `${this.#db.schema}.message`;
  }
}
