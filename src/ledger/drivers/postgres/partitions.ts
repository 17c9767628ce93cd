import type { ClientBase } from "pg";
import { inTransaction, type Postgres } from "../../../lib/postgres.ts";

export const dayMs: number = 24 * 60 * 60 * 1_000;
/** Partitions are there so many days before they are needed: whatever goes wrong, there is time to try again. */
const daysAhead = 3;

/** Name of the partition of the day that begins at this time. */
export const dayName = (from: number): string =>
  `event_${new Date(from).toISOString().slice(0, 10).replaceAll("-", "")}`;

/**
 * Makes the partitions of today and of the next days, each for itself.
 *
 * @returns what went wrong; `rest` takes the events of a day that has none
 */
export async function makePartitions(db: Postgres, now: number): Promise<readonly unknown[]> {
  const today = Math.floor(now / dayMs) * dayMs;
  const errors: unknown[] = [];
  for (let ahead = 0; ahead <= daysAhead; ahead += 1) {
    await makeDay(db, today + ahead * dayMs).catch((error: unknown) => errors.push(error));
  }
  return errors;
}

/** What came before of that day, from a clock that is wrong, moves from `rest` into it. */
async function makeDay(db: Postgres, from: number): Promise<void> {
  const { pool, schema } = db;
  const name = `${schema}.${dayName(from)}`;
  if (await isThere(pool, name)) return;
  await inTransaction(pool, async (client) => {
    await beginChange(client, schema);
    if (await isThere(client, name)) return;
    // Before anything is moved: who has written into it, and who is about to, would each wait for the other.
    await client.query(`lock table ${schema}.event_rest in access exclusive mode`);
    await client.query(`create table ${name} (like ${schema}.event including all)`);
    await client.query(
      `with moved as (delete from ${schema}.event_rest where received_at >= $1 and received_at < $2 returning *)
         insert into ${name} select * from moved`,
      [from, from + dayMs],
    );
    await client.query(
      `alter table ${schema}.event attach partition ${name} for values from (${from}) to (${from + dayMs})`,
    );
  });
}

/** Begins a change of the partitions: one at a time, and none waits for long, since everything else would wait behind it. */
export async function beginChange(client: ClientBase, schema: string): Promise<void> {
  await client.query("set local lock_timeout = '2s'");
  await client.query("select pg_advisory_xact_lock(hashtextextended($1, 0))", [
    `hookwell partitions ${schema}`,
  ]);
}

export async function isThere(db: Pick<ClientBase, "query">, name: string): Promise<boolean> {
  const { rows } = await db.query<{ there: boolean }>("select to_regclass($1) is not null as there", [name]);
  return rows[0]?.there === true;
}
