/**
 * A transaction in the ledger's database, in which a handler writes rows of its own. It is a client of the package `pg`
 * with an open transaction, so you can pass it to libraries that take such a client. Leave ending it to Hookwell:
 * statements that begin or end a transaction are refused, and releasing the client does nothing. A query that fails
 * makes the event fail, even if it is not awaited.
 */
export interface Transaction {
  /** @param values for `$1`, `$2` and so on */
  query<Row = Record<string, unknown>>(
    sql: string,
    values?: unknown[],
  ): Promise<{ readonly rows: Row[]; readonly rowCount: number | null }>;
}

/** How a transaction ended. */
export type CommitResult =
  /** The event is settled and what the handler wrote is there. */
  | { readonly kind: "committed" }
  /** Nothing of it is kept: another process has the shard of the event. */
  | { readonly kind: "elsewhere" }
  /** Nothing of it is kept: the database refused it. */
  | { readonly kind: "failed"; readonly error: Error }
  /** The connection broke on the way: the ledger knows whether the event is settled when it is admitted again. */
  | { readonly kind: "unknown"; readonly error: Error };
