import type { Postgres } from "../../../lib/postgres/postgres.ts";
import type { WorkersHistory } from "../../driver.ts";

/** The mark of the only history with which events of this queue are handled. */
export class PostgresReservation {
  readonly #db: Postgres;
  readonly #leaseMs: number;
  /** The history whose mark is to go when we leave, if we have it then. */
  #own: string | undefined;

  constructor(db: Postgres, leaseMs: number) {
    this.#db = db;
    this.#leaseMs = leaseMs;
  }

  /** @returns for how many ms the queue is kept; 0 if another history has it */
  async take({ name, isShared }: WorkersHistory): Promise<number> {
    // Before it is asked: we may have it although the answer never comes.
    this.#own = isShared ? undefined : name;
    const { rowCount } = await this.#db.pool.query(
      `insert into ${this.#db.schema}.reservation as r (owner, until)
         values ($1, clock_timestamp() + $2 * interval '1 ms')
         on conflict (one) do update set owner = excluded.owner, until = excluded.until
           where r.owner = excluded.owner or r.until < clock_timestamp()`,
      [name, this.#leaseMs],
    );
    return rowCount === 1 ? this.#leaseMs : 0;
  }

  async leave(): Promise<void> {
    if (this.#own === undefined) return;
    await this.#db.pool.query(`delete from ${this.#db.schema}.reservation where owner = $1`, [this.#own]);
  }
}
