import type { ClientBase } from "pg";
import type { Postgres } from "../../../../lib/postgres/postgres.ts";
import { endSessions } from "../../../../lib/postgres/sessions.ts";

/** A worker without a heartbeat for so long, in ms, is dead. */
export const deadAfterMs = 20_000;
/**
 * How long a missed worker has to come back, in ms. Its connection is gone, or its time is over; the latter may also
 * mean that the clock of the server was set forward, and then it is over for all.
 */
const missedMs = 3_000;
const sessionPrefix = "hookwell ";

interface Heartbeat {
  /** See `LivenessLock`. */
  readonly lock: number;
  /** Into how many its queue is cut. */
  readonly shards: number;
  readonly reachesQueue: boolean;
}

/**
 * Which workers live. This one shows it by a lock that ends with its connection, and by a time that it moves on: the
 * lock shows at once that it was killed, the time that it hangs.
 */
export class Heartbeats {
  readonly #schema: string;
  readonly #id: string;
  readonly #queue: string | undefined;

  /**
   * @param id of this worker
   * @param queue from which it takes; undefined if that is not known
   */
  constructor({ schema }: Pick<Postgres, "schema">, id: string, queue: string | undefined) {
    this.#schema = schema;
    this.#id = id;
    this.#queue = queue;
  }

  /** The name of the connections on which its handlers write, so that the server can end them together with it. */
  get sessionName(): string {
    return `${sessionPrefix}${this.#id}`;
  }

  /** Writes down that we live, and whether the queue answers us. @returns true if the server did not know us */
  async beat(client: ClientBase, { lock, shards, reachesQueue }: Heartbeat): Promise<boolean> {
    const { rows } = await client.query<{ anew: boolean }>(
      `insert into ${this.#schema}.worker as w (id, lock, until, queue, shards, reaches_queue, reach_since)
         values ($1, $2, clock_timestamp() + $3 * interval '1 ms', $4, $5, $6, case when $6 then now() else '-infinity' end)
       on conflict (id) do update set until = excluded.until, lock = excluded.lock, missed_at = null,
         reaches_queue = excluded.reaches_queue,
         reach_since = case when w.reaches_queue = excluded.reaches_queue then w.reach_since else now() end
       returning xmax = 0 as anew`,
      [this.#id, lock, deadAfterMs - missedMs, this.#queue, shards, reachesQueue],
    );
    return rows[0]?.anew === true;
  }

  /** Notes who is missed, and removes who has been missed for so long that it is dead. */
  async bury(client: ClientBase): Promise<void> {
    await Promise.all([
      client.query(
        // After a restart of the server nobody has a lock until its next heartbeat.
        `update ${this.#schema}.worker set missed_at = clock_timestamp() where id <> $1 and missed_at is null
           and (until < clock_timestamp() or until - $2 * interval '1 ms' > pg_postmaster_start_time()
             and not exists (select from pg_locks where locktype = 'advisory' and objsubid = 1
               and (classid::bigint << 32) + objid::bigint = lock))`,
        [this.#id, deadAfterMs - missedMs],
      ),
      this.#buryDead(client),
    ]);
  }

  async #buryDead(client: ClientBase): Promise<void> {
    const { rows } = await client.query<{ pid: number }>(
      `with dead as (delete from ${this.#schema}.worker
         where id <> $1 and missed_at < clock_timestamp() - $2 * interval '1 ms' returning id)
       select a.pid from dead join pg_stat_activity a on a.application_name = $3 || dead.id`,
      [this.#id, missedMs, sessionPrefix],
    );
    // A worker that hangs may have locked what others are about to write.
    await endSessions(
      client,
      rows.map(({ pid }) => pid),
      sessionPrefix,
    );
  }

  /** This worker ends of its own accord, so nobody need miss it. */
  async end(client: ClientBase): Promise<void> {
    await client.query(`delete from ${this.#schema}.worker where id = $1`, [this.#id]);
  }
}
