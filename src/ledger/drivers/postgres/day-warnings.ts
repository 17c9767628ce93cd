import type { Postgres } from "../../../lib/postgres/postgres.ts";

/** Locks per day in a query of all days: its table and each of its indexes. Ten such queries at once are not many. */
const locksOfDay = 8;
const searches = 10;

/** What is wrong with the settings of the server if so many days are kept; empty if all is well. */
export async function dayWarnings({ pool, schema }: Postgres): Promise<readonly string[]> {
  const { rows } = await pool.query<Record<"days" | "locks" | "connections", number>>(
    `select count(*)::int as days, current_setting('max_locks_per_transaction')::int as locks,
       current_setting('max_connections')::int as connections from pg_inherits where inhparent = $1::regclass`,
    [`${schema}.event`],
  );
  const { days = 0, locks = 0, connections = 1 } = rows[0] ?? {};
  const needed = Math.ceil((searches * locksOfDay * days) / connections);
  if (needed <= locks) return [];
  return [
    `The history has ${days} days, and a search in it locks each of them: set max_locks_per_transaction to ${needed} or more (it is ${locks}) and restart the server, or it runs out of locks ("out of shared memory").`,
  ];
}
