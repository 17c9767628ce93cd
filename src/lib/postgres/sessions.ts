import type { ClientBase, Pool, QueryResultRow } from "pg";
import { inTransaction } from "./on-connection.ts";

/** The server tells of sessions, and ends them, for their login, and not for a role as which that acts. */
const asLogin = "set local role none";

/**
 * What a query tells about sessions: first to the role as which our login acts, which may have been granted a look at
 * all of them, then to the login, which sees its own.
 */
export const lookAtSessions = <Row extends QueryResultRow>(
  pool: Pool,
  text: string,
): Promise<readonly Row[]> =>
  inTransaction(pool, async (client) => {
    const asRole = await client.query<Row>(text);
    await client.query(asLogin);
    return [...asRole.rows, ...(await client.query<Row>(text)).rows];
  });

type Ours = "hookwell" | "hookwell ";

/**
 * Ends sessions of our login, in a transaction that the caller has begun.
 *
 * @param pids their process numbers
 * @param prefix how their names begin; others may have these numbers by now
 */
export async function endSessions(client: ClientBase, pids: readonly number[], prefix: Ours): Promise<void> {
  if (pids.length === 0) return;
  // At once, so that nothing else that is asked on this connection is asked as the login.
  await client.query(`savepoint ending; ${endingOf(pids, prefix)}; rollback to savepoint ending`);
}

/** The same in a transaction of its own, which statements that are sent at once are by themselves: one round trip. */
export async function endSessionsAlone(pool: Pool, pids: readonly number[], prefix: Ours): Promise<void> {
  if (pids.length > 0) await pool.query(endingOf(pids, prefix));
}

const endingOf = (pids: readonly number[], prefix: Ours): string =>
  `${asLogin};
   select pg_terminate_backend(pid) from pg_stat_activity where pid in (${pids.join(", ")})
     and usename = session_user and starts_with(application_name, '${prefix}')`;
