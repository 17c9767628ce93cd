import type { Postgres } from "../../../lib/postgres/postgres.ts";
import { type Mark, type PostgresMarks, thisServer } from "./marks.ts";

/** A place in a shard below which there is nothing. */
interface Floor {
  /** Not above the lowest number of what waits. */
  readonly id: number;
  /** Not above the earliest time at which anything falls due, in ms since 1970; without what was made ready at once. */
  readonly due: number;
}

/** The first values of a statement: shards, and a floor for each, which holds on one server only. */
export type FlooredShards = readonly [
  shards: readonly number[],
  ids: readonly number[],
  dues: readonly number[],
  server: string,
];

/** The rows of `FlooredShards`, which are the first four values of a statement. */
export const floored: string = /* sql */ `(
  select shard, case when is_same then id else 0 end as id, to_timestamp(case when is_same then due else 0 end / 1000) as due
    from unnest($1::smallint[], $2::bigint[], $3::float8[]) each(shard, id, due),
      (select $4 = ${thisServer} as is_same) server) owned`;

const ground: Floor = { id: 0, due: 0 };
/**
 * How often floors are raised, in ms: each hand-out walks over what was handed out since. And how often if nothing was.
 */
const raiseMs = 1_000;
const idleRaiseMs = 10_000;
/** How often the floor of one shard is found anew, in ms; and the part of the time that this may take at most. */
const againMs = 4_000;
const againPart = 1 / 20;
/** After a look that took no longer than this, in ms, the next is at so many times as many shards. */
const quickMs = 50;
const growth = 4;

/**
 * Where to begin to look in each shard that only this consumer is handed. While some transaction is open, the server
 * cannot clear away what is gone, and a search from the very beginning would walk over all of it.
 *
 * A message can come below a floor in four ways. It was numbered long before it was committed: so a floor is never
 * above a mark that all have passed. This consumer gives it back: that lowers the floor. It comes with a new shard, or
 * from another server: then the floor is found anew. A consumer that does not know yet that it has lost the shard gives
 * it back, or a clock is set back: therefore the floors are found anew one after the other, those of all shards in
 * about a minute.
 */
export class PostgresFloors {
  readonly #db: Postgres;
  readonly #marks: PostgresMarks;
  /** The floors of shards; the one that was found longest ago comes first. */
  readonly #floors = new Map<number, Floor>();
  #server = "";
  #raisedAt = -Infinity;
  #againAt = -Infinity;
  /** The lowest number that was given back while floors were looked for. */
  #back = Infinity;

  constructor(db: Postgres, marks: PostgresMarks) {
    this.#db = db;
    this.#marks = marks;
  }

  /** Keeps the floors of these shards; those of others are found anew when they are asked for. */
  keep(shards: readonly number[]): void {
    for (const shard of this.#floors.keys()) if (!shards.includes(shard)) this.#floors.delete(shard);
    this.#raisedAt = -Infinity;
  }

  /** This consumer gave back the message with this number: it may wait again. */
  lower(id: number): void {
    this.#back = Math.min(this.#back, id);
    for (const [shard, floor] of this.#floors)
      this.#floors.set(shard, { ...floor, id: Math.min(floor.id, id) });
  }

  of(shards: readonly number[]): FlooredShards {
    const floors = shards.map((shard) => this.#floors.get(shard) ?? ground);
    return [shards, floors.map(({ id }) => id), floors.map(({ due }) => due), this.#server];
  }

  /**
   * Finds the floors that are not known, and raises the others over what is gone.
   *
   * @param isBusy whether something was handed out since the last time
   */
  async raise(shards: readonly number[], isBusy: boolean): Promise<void> {
    const begun = performance.now();
    if (begun - this.#raisedAt < (isBusy ? raiseMs : idleRaiseMs)) return;
    this.#back = Infinity;
    const mark = await this.#marks.newest();
    if (mark !== undefined) {
      if (mark.server !== this.#server) this.#floors.clear();
      this.#server = mark.server;
      this.#forgetDue(begun);
      const isKnown = (shard: number): boolean => this.#floors.has(shard);
      await this.#find(shards.filter(isKnown), mark);
      const unknown = shards.filter((shard) => !isKnown(shard));
      await this.#findAnew(unknown, mark);
    }
    this.#raisedAt = performance.now();
  }

  #forgetDue(now: number): void {
    for (const oldest of this.#floors.keys()) {
      if (now < this.#againAt) return;
      this.#floors.delete(oldest);
      this.#againAt = Math.max(this.#againAt, now - idleRaiseMs) + againMs;
    }
  }

  /** Looks at few shards at a time if that takes long, so that what was found is kept if the next look fails. */
  async #findAnew(shards: readonly number[], mark: Mark): Promise<void> {
    for (let from = 0, count = 1; from < shards.length;) {
      const begun = performance.now();
      await this.#find(shards.slice(from, from + count), mark);
      const tookMs = performance.now() - begun;
      this.#againAt = Math.max(this.#againAt, performance.now() + tookMs / againPart);
      from += count;
      count = tookMs <= quickMs ? growth * count : 1;
    }
  }

  async #find(shards: readonly number[], mark: Mark): Promise<void> {
    if (shards.length === 0) return;
    const { schema, pool } = this.#db;
    const { rows } = await pool.query<Floor & { readonly shard: number }>({
      name: "floors",
      text: `select owned.shard, coalesce(w.id, $5::bigint)::float8 as id,
          coalesce(floor(extract(epoch from d.ready_at) * 1000), $6::float8)::float8 as due
        from ${floored}
        left join lateral (
          select id from ${schema}.message
            where waiting and shard = owned.shard and id >= owned.id and id < $5::bigint order by id limit 1) w on true
        left join lateral (
          select ready_at from ${schema}.message
            where not waiting and shard = owned.shard and ready_at >= owned.due and ready_at < to_timestamp($6::float8 / 1000)
            order by ready_at, place limit 1) d on true`,
      values: [...this.of(shards), mark.id, mark.at],
    });
    for (const { shard, id, due } of rows) this.#floors.set(shard, { id: Math.min(id, this.#back), due });
  }
}
