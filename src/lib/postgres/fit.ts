import type { Client, ClientBase } from "pg";
import type { Postgres } from "./postgres.ts";
import { UnfitError } from "./unfit-error.ts";

/** In `server_version_num`, and for people. */
const leastVersion = { number: 140_000, shown: "14" };

/**
 * A pooler without sessions takes away the lock by which a worker shows that it lives, and gives our settings to
 * others.
 */
export const noSessions =
  "a pooler in front of the server gives its connections to others between transactions: put it into session mode (pool_mode = session), or name the server itself in the URL";

/**
 * How often to look: somebody else may take a connection of the pooler in between, which would hide that it shares
 * them.
 */
const looks = 5;

/**
 * Looks on connections that have none of our settings yet, since a pooler might give those to others.
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
    // A pooler tells its clients a process number of its own.
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

/** True if two clients are seen on the same connection of the server, or one client on two. */
async function shareBackends(one: ClientBase, other: ClientBase): Promise<boolean> {
  for (let look = 0; look < looks; look += 1) {
    const before = await backendOf(one);
    // A pooler may give out its connections in turn: then two that come by turns may each have the same one always.
    if ((await backendOf(one)) !== before) return true;
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
