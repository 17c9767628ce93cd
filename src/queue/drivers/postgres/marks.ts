import type { Postgres } from "../../../lib/postgres/postgres.ts";
import { shared } from "../../../lib/async/shared.ts";
import { sleep } from "../../../lib/async/sleep.ts";

/** How far the numbers and the clock of a server had come at a moment. */
export interface Mark {
  /** The newest number that was drawn for a message. */
  readonly id: number;
  /** In ms since 1970. */
  readonly at: number;
  /** Which run of which server it belongs to: another server, as after a failover, may count differently. */
  readonly server: string;
}

/** The run of the server that answers, in SQL. */
export const thisServer = "extract(epoch from pg_postmaster_start_time())::text";

/** How long until whoever is writing at the first look has ended, as a rule; in ms. */
const soonMs = 20;
const soonTries = 5;

/**
 * Finds the newest mark that all have passed: every message with a lower number is committed by now, or never will be.
 * A message is numbered before it is committed, so one with a lower number may appear after one with a higher. A
 * transaction that draws a number holds a lock on the table until its commit can be seen. So a mark is passed when all
 * transactions have ended that held such a lock when, or after, the mark was taken.
 */
export class PostgresMarks {
  readonly #db: Postgres;
  #passed: Mark | undefined;
  /** The mark that comes next, and the transactions that may still write below it. */
  #next: { readonly mark: Mark; readonly behind: readonly string[] } | undefined;
  readonly #steps = shared(async () => {
    await this.#step();
    for (let tries = 0; this.#passed === undefined && tries < soonTries; tries += 1) {
      await sleep(soonMs);
      await this.#step();
    }
  });

  constructor(db: Postgres) {
    this.#db = db;
  }

  /**
   * A newer mark each time, unless a writer takes long; none while somebody still writes who began before the first.
   */
  async newest(): Promise<Mark | undefined> {
    await this.#steps();
    return this.#passed;
  }

  async #step(): Promise<void> {
    const mark = this.#next?.mark ?? (await this.#look());
    const writers = await this.#writers();
    const behind = this.#next?.behind.filter((writer) => writers.includes(writer)) ?? writers;
    this.#next = behind.length > 0 ? { mark, behind } : undefined;
    if (behind.length === 0) this.#passed = mark;
  }

  async #look(): Promise<Mark> {
    const { schema, pool } = this.#db;
    const { rows } = await pool.query<Mark>({
      name: "mark",
      text: `select last_value::float8 as id, floor(extract(epoch from now()) * 1000)::float8 as at,
        ${thisServer} as server from ${schema}.message_place`,
    });
    const [mark] = rows;
    if (mark === undefined) throw new Error("The sequence message_place has no value.");
    return mark;
  }

  async #writers(): Promise<readonly string[]> {
    const { rows } = await this.#db.pool.query<{ virtualtransaction: string }>({
      name: "writers",
      text: `select virtualtransaction from pg_locks
        where relation = $1::regclass and mode = 'RowExclusiveLock' and granted
          and database = (select oid from pg_database where datname = current_database())`,
      values: [`${this.#db.schema}.message`],
    });
    return rows.map(({ virtualtransaction }) => virtualtransaction);
  }
}
