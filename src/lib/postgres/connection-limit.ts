import type { Part } from "../engines/part.ts";
import { type EngineUrl, isPostgres, parseEngineUrl } from "../engines/engine-url.ts";
import type { Postgres } from "./postgres.ts";
import { hostsOf, loginOf } from "./url.ts";

/** Connections of a process for the queue; few, since a server takes about a hundred in all. */
export const queueConnections = 8;
/** Those of a worker for the ledger: for its calls, for transactions of handlers, and to show that it lives. */
export const ledgerConnections = { calls: 5, handlers: 10, livenessLock: 1 } as const;

const { calls, handlers, livenessLock } = ledgerConnections;
const most: Readonly<Record<Part, number>> = {
  queue: queueConnections,
  ledger: calls + handlers + livenessLock,
};
/** Of a worker with both in one server. */
const mostOfAll = most.queue + most.ledger;

/** Whose connections a limit counts. */
const limits = {
  role: "the connection limit of its role",
  database: "the connection limit of its database",
  server: "max_connections of the server, without those that are reserved",
} as const;
export type Limit = keyof typeof limits;

/** Nobody counts the connections of a superuser, except for those of the server. */
const limitsSql = `
  with me as (select rolconnlimit, rolsuper from pg_roles where rolname = session_user)
  select allowed, of from (
    select rolconnlimit as allowed, 'role' as of from me where not rolsuper
    union all
    select datconnlimit, 'database' from pg_database, me where datname = current_database() and not rolsuper
    union all
    select current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
        - coalesce(current_setting('reserved_connections', true)::int, 0), 'server') limits
  where allowed >= 0 order by allowed`;

/**
 * The limits that also count the queue of a worker with this ledger.
 *
 * @param queue its URL; undefined if it is not known
 */
export function sharedLimits(ledger: string, queue: string | undefined): readonly Limit[] {
  if (queue === undefined || !isPostgres(queue)) return [];
  try {
    return commonLimits(parseEngineUrl(ledger), parseEngineUrl(queue));
  } catch {
    // What is wrong with its URL is for the queue to tell.
    return [];
  }
}

function commonLimits(ours: EngineUrl, other: EngineUrl): readonly Limit[] {
  const isSame = (of: (url: EngineUrl) => unknown): boolean =>
    JSON.stringify(of(ours)) === JSON.stringify(of(other));
  if (!isSame(({ hosts }) => hostsOf(hosts))) return [];
  return [
    "server",
    ...(isSame((url) => loginOf(url).user) ? (["role"] as const) : []),
    ...(isSame((url) => loginOf(url).database) ? (["database"] as const) : []),
  ];
}

/**
 * With too few of them a worker may wait for ever for those that it needs at the same time.
 *
 * @param shared limits that count all of a worker
 */
export async function connectionWarnings(
  { part, pool }: Postgres,
  shared: readonly Limit[],
): Promise<readonly string[]> {
  const { rows } = await pool.query<{ allowed: number; of: Limit }>(limitsSql);
  const takes = (of: Limit): number => (shared.includes(of) ? mostOfAll : most[part]);
  return rows
    .filter(({ allowed, of }) => allowed < takes(of))
    .slice(0, 1)
    .map(({ allowed, of }) => {
      const who = shared.includes(of) ? "a worker with queue and ledger here" : `the ${part} of one process`;
      return `This user may have ${allowed} connections (${limits[of]}), and ${who} takes up to ${takes(of)} of them: with too few, events wait. Raise the limit: with queue and ledger here a worker takes up to ${mostOfAll}, without ctx.tx() up to ${mostOfAll - handlers}, and a receiver ${most.queue}.`;
    });
}
