import type { Postgres } from "./postgres.ts";
import { lookAtSessions } from "./sessions.ts";

/** A commit that waits for longer than this, in ms, waits for a standby that is away. Our calls end after 5 s. */
export const longWaitMs = 3_000;

/** Nothing can be stored, even if queries that only read work. */
export class CommitsWaitError extends Error {
  constructor() {
    super(
      "commits wait for a synchronous standby, and none is there: start it, or change synchronous_standby_names",
    );
  }
}

/**
 * How long a commit has waited for a synchronous standby, in ms; 0 if none does. The server shows commits of other
 * users only to the role `pg_read_all_stats`. A lock inside the server, which is held for a moment only, has the same
 * name.
 */
export async function standbyWaitMs({ pool }: Postgres): Promise<number> {
  const looks = await lookAtSessions<{ ms: number | null }>(
    pool,
    `select extract(epoch from clock_timestamp() - min(state_change))::float8 * 1000 as ms
       from pg_stat_activity where wait_event = 'SyncRep' and wait_event_type = 'IPC'`,
  );
  return Math.max(...looks.map(({ ms }) => ms ?? 0));
}

/**
 * Whether commits wait for a standby. The server keeps the connection of such a commit until a standby is there, even
 * if its client has long given up: each further try would add one, until the server takes no more connections.
 */
export class StandbyWait {
  readonly #db: Postgres;
  #isInDoubt = false;

  constructor(db: Postgres) {
    this.#db = db;
  }

  /** A call was not answered, so a commit may be waiting. */
  doubt(): void {
    this.#isInDoubt = true;
  }

  /** Whether commits still wait. The server is only asked if there is a doubt. */
  async lasts(): Promise<boolean> {
    if (!this.#isInDoubt) return false;
    this.#isInDoubt = (await standbyWaitMs(this.#db)) > longWaitMs;
    return this.#isInDoubt;
  }
}
