import type { PoolClient } from "pg";
import type { Postgres } from "../../../lib/postgres.ts";
import type { Settlement } from "../../driver.ts";
import type { CommitResult } from "../../transaction.ts";
import type { LedgerTransaction } from "../../driver.ts";
import type { PostgresAdmission } from "./admission.ts";

/** A transaction on a connection of its own, in which an event is settled beside what its handler writes. */
export async function openTransaction(
  db: Postgres,
  admission: PostgresAdmission,
): Promise<LedgerTransaction> {
  const client = await db.pool.connect();
  // If the connection breaks, the next query fails.
  client.on("error", () => undefined);
  try {
    await client.query("begin");
  } catch (error) {
    client.release(true);
    throw error;
  }
  let isOver = false;
  const release = (broken: boolean): void => {
    if (isOver) return;
    isOver = true;
    client.removeAllListeners("error");
    client.release(broken);
  };
  return {
    client,
    commit: (settlement) => commit(client, admission, settlement, release),
    rollback: async () => {
      // A handler that is over its time may still be waiting for the answer to a query.
      release(true);
    },
  };
}

async function commit(
  client: PoolClient,
  admission: PostgresAdmission,
  settlement: Settlement,
  release: (broken: boolean) => void,
): Promise<CommitResult> {
  try {
    // Fails if the handler ended the transaction, or if one of its queries failed.
    await client.query("savepoint hookwell");
    const elsewhere = await admission.settle([settlement], client);
    if (elsewhere.length > 0) {
      await client.query("rollback");
      release(false);
      return { kind: "elsewhere" };
    }
    await client.query("commit");
    release(false);
    return { kind: "committed" };
  } catch (thrown) {
    release(true);
    admission.forget(settlement.message);
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    return { kind: isRefusal(error) ? "failed" : "unknown", error };
  }
}

/** The server has answered, and so has kept nothing. */
const isRefusal = (error: Error): boolean => "severity" in error && error.severity === "ERROR";
