import type { Part } from "../part.ts";
import type { Postgres } from "./postgres.ts";

/** Connections of a process for the queue; few, since a server takes about a hundred in all. */
export const queueConnections = 8;
/** Those of a worker for the ledger: for its calls, for transactions of handlers, and to show that it lives. */
export const ledgerConnections = { calls: 5, handlers: 10, lifeLine: 1 } as const;

const { calls, handlers, lifeLine } = ledgerConnections;
const most: Readonly<Record<Part, number>> = { queue: queueConnections, ledger: calls + handlers + lifeLine };
/** Of a worker with both in one server. */
const mostOfAll = most.queue + most.ledger;

/** The lowest of the limits, in words. Nobody counts the connections of a superuser, except for those of the server. */
const lowest = `
  with me as (select rolconnlimit, rolsuper from pg_roles where rolname = session_user)
  select allowed, whose from (
    select rolconnlimit as allowed, 'the connection limit of its role' as whose from me where not rolsuper
    union all
    select datconnlimit, 'the connection limit of its database' from pg_database, me
      where datname = current_database() and not rolsuper
    union all
    select current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
        - coalesce(current_setting('reserved_connections', true)::int, 0),
      'max_connections of the server, without those that are reserved') limits
  where allowed >= 0 order by allowed limit 1`;

/** With too few of them a worker may wait for ever for those that it needs at the same time. */
export async function connectionWarnings(
  { pool }: Pick<Postgres, "pool">,
  part: Part,
): Promise<readonly string[]> {
  const { rows } = await pool.query<{ allowed: number; whose: string }>(lowest);
  return rows
    .filter(({ allowed }) => allowed < most[part])
    .map(
      ({ allowed, whose }) =>
        `This user may have ${allowed} connections (${whose}), and the ${part} of one process takes up to ${most[part]} of them: with too few, events wait. Raise the limit; a worker with queue and ledger here takes up to ${mostOfAll}, without ctx.tx() up to ${mostOfAll - handlers}, and a receiver ${most.queue}.`,
    );
}
