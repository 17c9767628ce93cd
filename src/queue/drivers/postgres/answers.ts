import type { Postgres } from "../../../lib/postgres/postgres.ts";
import { allShards } from "../../driver.ts";
import { copyOf, idOf } from "./rows.ts";

/** A message that is to be handed out again later. */
export interface Return {
  readonly receipt: string;
  /** The attempt with which it was handed out, so that an answer to an earlier hand-out has no effect. */
  readonly attempt: number;
  readonly delayMs: number;
  readonly nextAttempt: number;
}

/** The owner of what was sent back as too early, for later. */
const nobody = "00000000-0000-0000-0000-000000000000";

/**
 * Writes down what became of messages that a consumer was handed. Each statement is a transaction of its own. Those that
 * wait for rows do so in the order of `id`, so that no two ever wait for each other.
 */
export class PostgresAnswers {
  readonly #db: Postgres;
  readonly #owner: string;
  readonly #leaseMs: number;

  constructor(db: Postgres, owner: string, leaseMs: number) {
    this.#db = db;
    this.#owner = owner;
    this.#leaseMs = leaseMs;
  }

  async ack(receipts: readonly string[]): Promise<void> {
    const which = [receipts.map(idOf), receipts.map(copyOf)];
    const held = `delete from ${this.#table} where not waiting and id = any($1) and copy = any($2)`;
    const { rowCount } = await this.#db.pool.query(held, which);
    if (rowCount === receipts.length) return;
    // Some of them were made ready in between, or are gone.
    const freed = `delete from ${this.#table} where waiting and shard = any($3) and id = any($1) and copy = any($2)`;
    await this.#db.pool.query(freed, [...which, allShards]);
  }

  /** A message that is tried again gets a new place; one that was only taken too early keeps its own. */
  async giveBack(some: readonly Return[]): Promise<void> {
    const returns = some.toSorted((a, b) => Number(idOf(a.receipt)) - Number(idOf(b.receipt)));
    await this.#db.pool.query(
      `update ${this.#table} m set attempt = r.next,
           owner = case when r.delay > 0 and r.next = r.attempt then '${nobody}'::uuid end,
           waiting = r.delay <= 0 and r.next = r.attempt and m.place is null,
           ready_at = case when r.delay > 0 then clock_timestamp() + r.delay * interval '1 ms' else '-infinity' end,
           place = case when r.next = r.attempt then m.place else nextval('${this.#db.schema}.message_place') end
         from unnest($1::bigint[], $2::int[], $3::float8[], $4::int[], $6::text[]) r(id, attempt, delay, next, copy)
         where not m.waiting and m.id = r.id and m.owner = $5 and m.attempt = r.attempt + 1 and m.copy = r.copy`,
      [
        returns.map(({ receipt }) => idOf(receipt)),
        returns.map(({ attempt }) => attempt),
        returns.map(({ delayMs }) => delayMs),
        returns.map(({ nextAttempt }) => nextAttempt),
        this.#owner,
        returns.map(({ receipt }) => copyOf(receipt)),
      ],
    );
  }

  /**
   * Passes over messages that are just being answered: if we waited for them, we could hold up others who wait for us.
   */
  async extend(receipts: readonly string[]): Promise<void> {
    await this.#db.pool.query(
      `with mine as (
          select id from ${this.#table} where not waiting and id = any($1) and owner = $2 for update skip locked)
        update ${this.#table} m set ready_at = clock_timestamp() + $3 * interval '1 ms'
          from mine where not m.waiting and m.id = mine.id and m.owner = $2`,
      [receipts.map(idOf), this.#owner, this.#leaseMs],
    );
  }

  get #table(): string {
    return `${this.#db.schema}.message`;
  }
}
