import type { Client, ClientBase } from "pg";
import type { Postgres } from "./postgres.ts";

/** In `server_version_num`, and for people. */
const leastVersion = { number: 140_000, shown: "14" };

/** The server, or what stands before it, does not have what we need, and waiting will not help. */
export class UnfitError extends Error {}

/** Such a pooler takes away the lock by which a worker shows that it lives, and leaves our settings to others. */
export const noSessions =
  "a pooler stands before the server that gives its connections to others between transactions: put it into session mode (pool_mode = session), or name the server itself in the URL";

/** Somebody else may take a connection of the pooler in between, so that what is looked for is not seen. */
const looks = 5;

/**
 * On connections that have none of our settings yet, which a pooler might give to others.
 *
 * @throws {UnfitError} if the server is too old, or connections to it are no sessions
 */
export function assertFit(db: Postgres): Promise<void> {
  return onClient(db, async (client) => {
    const { rows } = await client.query<{ pid: number; number: number; version: string }>(
      `select pg_backend_pid() as pid, current_setting('server_version_num')::int as number,
         current_setting('server_version') as version`,
    );
    const [server] = rows;
    if (server !== undefined && server.number < leastVersion.number)
      throw new UnfitError(
        `the server is PostgreSQL ${server.version}: Hookwell needs ${leastVersion.shown} or newer`,
      );
    // A pooler tells its clients a number of its own.
    const isDirect = "processID" in client && client.processID === server?.pid;
    if (isDirect) return;
    await onClient(db, async (other) => {
      if (await shareBackends(client, other)) throw new UnfitError(noSessions);
    });
  });
}

async function onClient(db: Postgres, work: (client: Client) => Promise<void>): Promise<void> {
  const client = await db.connectAlone();
  try {
    await work(client);
  } finally {
    // Nobody waits for that.
    void client.end().catch(ignore);
  }
}

const ignore = (): void => undefined;

/** True if two that are connected are seen on one connection of the server, or one of them on two. */
async function shareBackends(one: ClientBase, other: ClientBase): Promise<boolean> {
  for (let look = 0; look < looks; look += 1) {
    const before = await backendOf(one);
    await other.query("begin");
    const isShared = (await backendOf(other)) === before || (await backendOf(one)) !== before;
    await other.query("commit");
    if (isShared) return true;
  }
  return false;
}

async function backendOf(client: ClientBase): Promise<number | undefined> {
  const { rows } = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
  return rows[0]?.pid;
}
