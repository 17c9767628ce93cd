import { codeOf } from "../../../../lib/error-code.ts";
import { errorText, isError } from "../../../../lib/is-error.ts";
import { NoConnectionError } from "../../../../lib/postgres/calls.ts";
import { noticeCuts, type Postgres } from "../../../../lib/postgres/postgres.ts";
import { isRefusal } from "../../../../lib/postgres/is-refusal.ts";
import { endSessionsAlone } from "../../../../lib/postgres/sessions.ts";
import type { LedgerTransaction, Settlement } from "../../../driver.ts";
import type { CommitResult } from "../../../transaction.ts";
import type { PostgresAdmission } from "../admission.ts";
import { HandlerConnection, isAftermath, patienceMs } from "./handler-connection.ts";

/** A savepoint that exists for as long as the transaction is the one that we have begun. */
const mark = "hookwell_begun";
/**
 * A handler that is over its time is stopped by its own process. If that hangs, the server ends the transaction this
 * much later, in ms, since its locks would keep others waiting that handle the event meanwhile.
 */
const overtimeMs = 5_000;

export interface TransactionParts {
  /** Connections that handlers get. */
  readonly handlers: Postgres;
  /** Connections that are ours alone. */
  readonly db: Postgres;
  readonly admission: PostgresAdmission;
}

/** A transaction on a connection of its own, in which an event is settled beside what its handler writes. */
export async function openTransaction(
  { handlers, db, admission }: TransactionParts,
  withinMs: number,
): Promise<LedgerTransaction> {
  const client = await handlers.pool.connect().catch((cause: unknown) => {
    const reason = errorText(cause);
    throw new NoConnectionError(`No connection for ctx.tx() became free in time: ${reason}`, { cause });
  });
  const connection = new HandlerConnection(client);
  const limit = withinMs + overtimeMs;
  // Its event is settled in it, beside what others have written since it began.
  const begin = `${noticeCuts}; begin isolation level read committed;
    set local idle_in_transaction_session_timeout = ${limit}; set local statement_timeout = ${limit};
    savepoint ${mark}; select pg_backend_pid() as pid`;
  const begun = await connection.lastRows<{ pid: number }>(begin).catch((error: unknown) => {
    connection.discard();
    throw error;
  });
  const pids = begun.map(({ pid }) => pid);
  return {
    client: connection.shared,
    commit: (settlement) => commit(connection, admission, settlement),
    rollback: async () => {
      connection.discard();
      // A handler that is over its time may still wait for a query, which would go on with all its locks.
      await endSessionsAlone(db.pool, pids, "hookwell ").catch(() => undefined);
    },
  };
}

async function commit(
  connection: HandlerConnection,
  admission: PostgresAdmission,
  settlement: Settlement,
): Promise<CommitResult> {
  // Queries after the commit would be outside of the transaction.
  connection.shut();
  const { message } = settlement;
  try {
    const result = await connection.inTime(() =>
      admission.slow.notShowing([settlement], () => settleIn(connection, admission, settlement)),
    );
    admission.forget(message);
    return result;
  } catch (thrown) {
    connection.discard();
    const error = isError(thrown) ? thrown : new Error(String(thrown));
    // Nothing of it is kept, so the event is where it was before.
    if (error instanceof SpoiledError || isRefusal(error)) return { kind: "failed", error };
    admission.forget(message);
    return { kind: "unknown", error };
  }
}

async function settleIn(
  connection: HandlerConnection,
  admission: PostgresAdmission,
  settlement: Settlement,
): Promise<CommitResult> {
  const { client } = connection;
  const settled = await admission.settleIn(client, takeBack, settlement).catch((error: unknown) => {
    if (isGone(error)) throw new SpoiledError(endedByHandler);
    throw isAftermath(error) ? (connection.refusal ?? error) : error;
  });
  // The handler may not have waited for that query, and so may not know that it failed.
  if (connection.failure !== undefined) throw new SpoiledError(failedQuery(errorText(connection.failure)));
  if (settled !== "settled") {
    await client.query("rollback");
    void connection.recycle();
    if (settled === "elsewhere") return { kind: "elsewhere" };
    return { kind: "unknown", error: new Error("The event is settled already.") };
  }
  const { command } = await client.query("commit");
  // That is the answer if a query failed in the transaction that nobody waited for.
  if (command !== "COMMIT") throw new SpoiledError(failedQuery("the server has rolled it back"));
  void connection.recycle();
  return { kind: "committed" };
}

/** The handler is done: fails if this is not the transaction that we have begun, and has our own time limits. */
const takeBack = `release savepoint ${mark}; set local idle_in_transaction_session_timeout = ${patienceMs};
  set local statement_timeout = ${patienceMs}`;

/** The handler has done something in its transaction by which that is not committed. */
class SpoiledError extends Error {}

/** In a way that its client does not see. */
const endedByHandler =
  "The handler ended the transaction of its event. What it wrote before that may be there.";
const failedQuery = (why: string): string => `A query of the transaction failed: ${why}`;

/** True if there is no such savepoint, or no transaction at all. */
const isGone = (error: unknown): boolean => ["3B001", "25P01"].includes(codeOf(error) ?? "");
