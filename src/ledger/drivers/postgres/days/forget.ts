import type { PoolClient } from "pg";
import type { Postgres } from "../../../../lib/postgres/postgres.ts";
import { isRefusal } from "../../../../lib/postgres/is-refusal.ts";
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
  const client = await pool.connect();
  let end: (() => void) | undefined;
  let isWell = false;
  try {
    const { rows } = await client.query<{ pid: number; mine: boolean; before: number }>(
      // By the clock that is behind the other, since all workers lose what one of them forgets by mistake.
      `select pg_backend_pid() as pid, pg_try_advisory_lock(hashtextextended($1, 0)) as mine,
         least($2, extract(epoch from clock_timestamp()) * 1000 - $3)::float as before`,
      [`hookwell forget ${schema}`, before, Date.now() - before],
    );
    const [asked] = rows;
    const pids = rows.map(({ pid }) => pid);
    end = () => void endSessionsAlone(pool, pids, "hookwell").catch(ignore);
    stopping.addEventListener("abort", end);
    const isMine = asked?.mine === true && !stopping.aborted;
    const forgotten = isMine ? await forgetOn(client, schema, Math.floor(asked.before)) : 0;
    await client.query("select pg_advisory_unlock_all()");
    isWell = true;
    return forgotten;
  } catch (error) {
    if (stopping.aborted) return 0;
    throw error;
  } finally {
    if (end !== undefined) stopping.removeEventListener("abort", end);
    client.release(!isWell);
  }
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
