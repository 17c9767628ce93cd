import { Client } from "pg";
import { engineUrls } from "./engines.ts";

/** A lock that a test holds; statements with its SQL have to wait for it. */
export interface HeldLock extends AsyncDisposable {
  /** SQL that comes through only when the lock is open. */
  readonly sql: string;
  /** How many wait for it. */
  readonly waiting: () => Promise<number>;
  readonly open: () => Promise<unknown>;
}

/** An advisory lock of this name, on the server that others use too. */
export async function lockOf(name: string): Promise<HeldLock> {
  const client = new Client({ connectionString: engineUrls.postgres });
  await client.connect();
  await client.query("select pg_advisory_lock(hashtext($1))", [name]);
  return {
    sql: `pg_advisory_xact_lock_shared(hashtext('${name}'))`,
    waiting: async () => {
      const { rows } = await client.query<{ count: number }>(
        "select count(*)::int from pg_locks where not granted and objid::bigint = hashtext($1)::bigint & 4294967295",
        [name],
      );
      return rows[0]?.count ?? 0;
    },
    open: () => client.query("select pg_advisory_unlock(hashtext($1))", [name]),
    [Symbol.asyncDispose]: () => client.end(),
  };
}
