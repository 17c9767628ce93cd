import type { ClientBase, Pool, PoolClient, QueryResult, QueryResultRow } from "pg";

/**
 * What is done in a transaction.
 *
 * @param opened the rows of the last statement with which it was opened
 */
export type InTransaction<T, Row extends QueryResultRow> = (
  client: PoolClient,
  opened: readonly Row[],
) => Promise<T>;

/**
 * Does all or nothing. The connection goes back into the pool, or is thrown away if it failed.
 *
 * @param opening `begin`, and statements behind it that take the same round trip
 */
export async function inTransaction<T, Row extends QueryResultRow = QueryResultRow>(
  pool: Pool,
  work: InTransaction<T, Row>,
  opening = "begin",
): Promise<T> {
  const client = await pool.connect();
  try {
    const result = await transactionOn<T, Row>(client, (opened) => work(client, opened), opening);
    client.release();
    return result;
  } catch (error) {
    // If the server did not answer, the connection may be in any state.
    client.release(true);
    throw error;
  }
}

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
