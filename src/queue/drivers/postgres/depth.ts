import type { Postgres } from "../../../lib/postgres/postgres.ts";
import { allShards, type QueueDepth } from "../../driver.ts";
import { type PostgresMarks, thisServer } from "./marks.ts";

interface Row {
  readonly messages: number;
  /** The lowest number of any message. */
  readonly id: number | null;
  readonly age: number | null;
}

/**
 * How much is waiting. The oldest message is looked for from where it was the last time: while some transaction is
 * open, a search from the very beginning would walk over all that is gone.
 */
export class PostgresDepth {
  readonly #db: Postgres;
  readonly #marks: PostgresMarks;
  /** No message of this server has a lower number, nor ever will. */
  #lowest = { id: 0, server: "" };

  constructor(db: Postgres, marks: PostgresMarks) {
    this.#db = db;
    this.#marks = marks;
  }

  async read(): Promise<QueueDepth> {
    const mark = await this.#marks.newest();
    const { schema, pool } = this.#db;
    const { id: from, server } = this.#lowest;
    const { rows } = await pool.query<Row>({
      name: "depth",
      text: `with start as materialized (select case when $3 = ${thisServer} then $2::bigint else 0 end as id)
        select (select sum(messages) from ${schema}.message_total)::float8 as messages, min(id)::float8 as id,
          (extract(epoch from clock_timestamp() - min(sent_at)) * 1000)::float8 as age from (
            select w.* from start, unnest($1::smallint[]) each(shard) cross join lateral (
              select id, sent_at from ${schema}.message
                where waiting and shard = each.shard and id >= start.id order by id limit 1) w
            union all
            select h.* from start cross join lateral (
              select id, sent_at from ${schema}.message where not waiting and id >= start.id order by id limit 1) h
          ) oldest`,
      values: [allShards, from, server],
    });
    const { messages = 0, id = null, age = null } = rows[0] ?? {};
    if (mark !== undefined) this.#lowest = { id: Math.min(id ?? mark.id, mark.id), server: mark.server };
    return { messages, oldestAgeMs: Math.max(0, Math.floor(age ?? 0)) };
  }
}
