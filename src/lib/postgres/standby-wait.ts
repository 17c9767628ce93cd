import type { Postgres } from "./postgres.ts";

/** A commit that waits for longer, in ms, waits for a standby that is away. Our calls end after 5 s. */
export const longWaitMs = 3_000;

/** Nothing can be stored, whatever a query that only reads may say. */
export class CommitsWaitError extends Error {
  constructor() {
    super(
      "commits wait for a synchronous standby, and none is there: start it, or change synchronous_standby_names",
    );
  }
}

/**
 * How long a commit has waited for a synchronous standby, in ms; 0 if none does. Of other users' commits the server tells
 * only who has the role `pg_read_all_stats`. A lock of its own that is held for a moment has the same name.
 */
export async function standbyWaitMs({ pool }: Pick<Postgres, "pool">): Promise<number> {
  const { rows } = await pool.query<{ ms: number | null }>(
    `select extract(epoch from clock_timestamp() - min(state_change))::float8 * 1000 as ms
       from pg_stat_activity where wait_event = 'SyncRep' and wait_event_type = 'IPC'`,
  );
  return rows[0]?.ms ?? 0;
}

/**
 * Whether commits wait for a standby. The connection of one that does is the server's until a standby is there, also if
 * its client has long given it up: with each further try there would be one more, until the server takes no connections.
 */
export class StandbyWait {
  readonly #db: Postgres;
  #isInDoubt = false;

  constructor(db: Postgres) {
    this.#db = db;
  }

  /** One may be waiting: a call was not answered. */
  doubt(): void {
    this.#isInDoubt = true;
  }

  /** Nothing is asked unless it is in doubt. */
  async lasts(): Promise<boolean> {
    if (!this.#isInDoubt) return false;
    this.#isInDoubt = (await standbyWaitMs(this.#db)) > longWaitMs;
    return this.#isInDoubt;
  }
}
