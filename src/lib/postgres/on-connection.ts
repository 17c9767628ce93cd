import type { ClientBase, Pool, PoolClient, QueryResult, QueryResultRow } from "pg";

/** Works on a connection of the pool. If that fails, the connection is thrown away, since it may be in any state. */
export async function onConnection<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    const result = await work(client);
    client.release();
    return result;
  } catch (error) {
    client.release(true);
    throw error;
  }
}

/**
 * Does all or nothing. The work is given the rows of the last statement of the opening.
 *
 * @param opening `begin`, and statements behind it that take the same round trip
 */
export const inTransaction = <T, Row extends QueryResultRow = QueryResultRow>(
  pool: Pool,
  work: (client: PoolClient, opened: readonly Row[]) => Promise<T>,
  opening = "begin",
): Promise<T> =>
  onConnection(pool, (client) => transactionOn<T, Row>(client, (opened) => work(client, opened), opening));

/** The same on a connection that the caller has. */
export async function transactionOn<T, Row extends QueryResultRow = QueryResultRow>(
  client: ClientBase,
  work: (opened: readonly Row[]) => Promise<T>,
  opening = "begin",
): Promise<T> {
  try {
    const result = await work(await lastRows<Row>(client, opening));
    await client.query("commit");
    return result;
  } catch (error) {
    await client.query("rollback").catch(ignore);
    throw error;
  }
}

/** Asks several statements in one round trip, which takes no parameters. @returns the rows of the last one */
export async function lastRows<Row extends QueryResultRow>(
  client: ClientBase,
  statements: string,
): Promise<readonly Row[]> {
  // It is a list if there are several, though its type does not say so.
  const answers = (await client.query<Row>(statements)) as QueryResult<Row> | readonly QueryResult<Row>[];
  return [answers].flat().at(-1)?.rows ?? [];
}

const ignore = (): void => undefined;
