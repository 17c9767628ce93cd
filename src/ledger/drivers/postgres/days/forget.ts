import { addAbortListener } from "node:events";
import type { ClientBase, PoolClient } from "pg";
import type { Postgres } from "../../../../lib/postgres/postgres.ts";
import { isRefusal } from "../../../../lib/postgres/is-refusal.ts";
import { onConnection } from "../../../../lib/postgres/on-connection.ts";
import { endSessionsAlone } from "../../../../lib/postgres/sessions.ts";
import { dissolve, setAside } from "./forget-day.ts";
import { removeRows } from "./forget-rows.ts";
import { daysBefore, daysSetAside } from "./old-days.ts";
import { isLocked } from "./partitions.ts";

/**
 * Forgets handled and obsolete events received before a time. Days that are all before it go as a whole, except for
 * what is kept of them, which moves to `rest`; rows of `rest` go one by one. The day in which that time lies stays
 * until all of it is before, since removing it then costs nothing. One process does this at a time; the others have
 * nothing to do.
 *
 * @param stopping ends it at once; what is left is for the next time
 * @returns how many events were forgotten
 */
export async function forget(
  { pool, schema }: Postgres,
  before: number,
  stopping: AbortSignal,
): Promise<number> {
  try {
    return await onConnection(pool, async (client) => {
      const turn = await takeTurn(client, schema, before);
      stopping.throwIfAborted();
      if (turn === undefined) return 0;
      const end = (): void => void endSessionsAlone(pool, [turn.pid], "hookwell").catch(ignore);
      using _listening = addAbortListener(stopping, end);
      const forgotten = await forgetOn(client, schema, Math.floor(turn.before));
      await client.query("select pg_advisory_unlock_all()");
      return forgotten;
    });
  } catch (error) {
    if (stopping.aborted) return 0;
    throw error;
  }
}

interface Turn {
  /** Of the connection. */
  readonly pid: number;
  /** By the clock that is behind the other, since all workers lose what one of them forgets by mistake. */
  readonly before: number;
}

/** Undefined if another process is at it; else nobody else is until this connection gives the lock back. */
async function takeTurn(client: ClientBase, schema: string, before: number): Promise<Turn | undefined> {
  const { rows } = await client.query<Turn>(
    `select pg_backend_pid() as pid, least($2, extract(epoch from clock_timestamp()) * 1000 - $3)::float as before
       where pg_try_advisory_lock(hashtextextended($1, 0))`,
    [`hookwell forget ${schema}`, before, Date.now() - before],
  );
  return rows[0];
}

const ignore = (): void => undefined;

async function forgetOn(client: PoolClient, schema: string, before: number): Promise<number> {
  const crowded: string[] = [];
  const failures: Error[] = [];
  let forgotten = 0;
  await toEach(await daysBefore(client, schema, before), failures, async (name) => {
    if (!(await setAside(client, schema, name))) crowded.push(name);
  });
  // Also days that were left by a process that ended in between.
  await toEach(await daysSetAside(client, schema), failures, async (name) => {
    forgotten += await dissolve(client, schema, name);
  });
  await toEach([`${schema}.event_rest`, ...crowded], failures, async (name) => {
    forgotten += await removeRows(client, schema, name, before);
  });
  const [failure] = failures;
  if (failure !== undefined) throw failure;
  return forgotten;
}

/** Acts on each by itself: if the server refuses for one, for instance since a view uses it, the others still go. */
async function toEach(
  names: readonly string[],
  failures: Error[],
  work: (name: string) => Promise<void>,
): Promise<void> {
  for (const name of names) {
    try {
      await work(name);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      failures.push(error);
      // While we wait for a lock, everything else waits behind us.
      if (isLocked(error)) return;
    }
  }
}
