import type { ClientBase, Pool, PoolClient } from "pg";

/** Does all or nothing. The connection goes back into the pool, or is thrown away if it failed. */
export async function inTransaction<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    const result = await transactionOn(client, () => work(client));
    client.release();
    return result;
  } catch (error) {
    // If the server did not answer, the connection may be in any state.
    client.release(true);
    throw error;
  }
}

/** The same on a connection that the caller has. */
export async function transactionOn<T>(client: ClientBase, work: () => Promise<T>): Promise<T> {
  try {
    await client.query("begin");
    const result = await work();
    await client.query("commit");
    return result;
  } catch (error) {
    await client.query("rollback").catch(ignore);
    throw error;
  }
}

const ignore = (): void => undefined;
