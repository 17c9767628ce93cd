import type { ClientBase } from "pg";
import type { Postgres } from "../../../../lib/postgres/postgres.ts";
import type { Log } from "../../../../log.ts";

/**
 * Notices if other workers of this ledger take from another queue. The shards are divided among all workers, since two
 * events of one state may be in two queues. So each queue has events that belong to a worker that does not look there.
 */
export class OtherQueues {
  /** Our own queue; undefined if we were not told. */
  readonly ours: string | undefined;
  readonly #log: Log;
  #told: readonly string[] = [];

  constructor(ours: string | undefined, log: Log) {
    this.ours = ours;
    this.#log = log;
  }

  /** Logs once each queue that is not ours, and again if it comes back. */
  tell(inUse: readonly string[]): void {
    const { ours } = this;
    if (ours === undefined) return;
    const others = inUse.filter((queue) => queue !== ours);
    for (const other of others) {
      if (!this.#told.includes(other)) this.#log.warn("ledger.other_queue", { ours, other, cure });
    }
    this.#told = others;
  }
}

const cure =
  "events of each queue wait while workers of the other run: stop the workers of one, then those of the other go on; if both are names of one queue, write the same URL as HOOKWELL_QUEUE of all";

/** The queues from which living workers say that they take. */
export async function queuesInUse(
  client: Pick<ClientBase, "query">,
  { schema }: Pick<Postgres, "schema">,
): Promise<readonly string[]> {
  const { rows } = await client.query<{ queue: string }>(
    `select distinct queue collate "C" as queue from ${schema}.worker
       where queue is not null and missed_at is null and until > clock_timestamp() order by 1`,
  );
  return rows.map(({ queue }) => queue);
}

/** Warnings for whoever looks at the ledger; empty if all is well. */
export async function queueWarnings(db: Postgres): Promise<readonly string[]> {
  const queues = await queuesInUse(db.pool, db);
  if (queues.length < 2) return [];
  return [
    `Workers of ${queues.length} queues share this ledger, ${queues.join(" and ")}: events of each wait while workers of another run. Stop the workers of all but one; if these are names of one queue, write the same URL as HOOKWELL_QUEUE of all.`,
  ];
}
