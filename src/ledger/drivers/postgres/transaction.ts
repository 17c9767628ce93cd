import type { PoolClient } from "pg";
import type { Postgres } from "../../../lib/postgres.ts";
import type { LedgerTransaction, Settlement } from "../../driver.ts";
import type { CommitResult } from "../../transaction.ts";
import type { PostgresAdmission } from "./admission.ts";

/** A server that does not answer for so long is given up; in ms. */
const patienceMs = 10_000;

/** A transaction on a connection of its own, in which an event is settled beside what its handler writes. */
export async function openTransaction(
  db: Postgres,
  admission: PostgresAdmission,
): Promise<LedgerTransaction> {
  const client = await db.pool.connect();
  const connection = new HandlerConnection(client);
  try {
    await connection.inTime(() => client.query("begin"));
  } catch (error) {
    connection.end(true);
    throw error;
  }
  return {
    client: connection.shared,
    commit: (settlement) => commit(connection, admission, settlement),
    // A handler that is over its time may still be waiting for the answer to a query.
    rollback: async () => connection.end(true),
  };
}

/** A connection that a handler uses too, until its transaction is over. */
class HandlerConnection {
  readonly client: PoolClient;
  /** What the handler gets: of no use any more once the transaction is over, when the connection is another's. */
  readonly shared: PoolClient;
  #isOver = false;

  constructor(client: PoolClient) {
    this.client = client;
    // If the connection breaks, the next query fails.
    client.on("error", ignore);
    this.shared = new Proxy(client, {
      get: (target, key) => {
        if (this.#isOver) throw new Error("The transaction of this event is over.");
        const value: unknown = Reflect.get(target, key, target);
        return typeof value === "function" ? (value.bind(target) as unknown) : value;
      },
    });
  }

  /** @param broken throws the connection away */
  end(broken: boolean): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.client.off("error", ignore);
    this.client.release(broken);
  }

  /** A server that does not answer in time loses the connection, so that whoever waits for it hears of it. */
  async inTime<T>(work: () => Promise<T>): Promise<T> {
    const timer = setTimeout(() => this.end(true), patienceMs);
    try {
      return await work();
    } finally {
      clearTimeout(timer);
    }
  }
}

const ignore = (): void => undefined;

async function commit(
  connection: HandlerConnection,
  admission: PostgresAdmission,
  settlement: Settlement,
): Promise<CommitResult> {
  try {
    return await connection.inTime(() => settleIn(connection, admission, settlement));
  } catch (thrown) {
    connection.end(true);
    admission.forget(settlement.message);
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    return { kind: isRefusal(error) ? "failed" : "unknown", error };
  }
}

async function settleIn(
  connection: HandlerConnection,
  admission: PostgresAdmission,
  settlement: Settlement,
): Promise<CommitResult> {
  const { client } = connection;
  // Fails if the handler ended the transaction, or if one of its queries failed.
  await client.query("savepoint hookwell");
  await client.query(`set local idle_in_transaction_session_timeout = ${patienceMs}`);
  const settled = await admission.settleIn(client, settlement);
  if (settled !== "settled") {
    await client.query("rollback");
    connection.end(false);
    if (settled === "elsewhere") return { kind: "elsewhere" };
    admission.forget(settlement.message);
    return { kind: "unknown", error: new Error("The event is settled already.") };
  }
  const { command } = await client.query("commit");
  // The answer of a transaction in which a query failed that nobody waited for.
  if (command !== "COMMIT")
    throw Object.assign(new Error("A query of the transaction failed."), { severity: "ERROR" });
  connection.end(false);
  return { kind: "committed" };
}

/** The server has answered, and so has kept nothing. */
const isRefusal = (error: Error): boolean => "severity" in error && error.severity === "ERROR";
