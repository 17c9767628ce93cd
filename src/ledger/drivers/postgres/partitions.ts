import type { Pool, QueryConfig, QueryResult } from "pg";
import { inTransaction, type Postgres } from "../../../lib/postgres.ts";
import { statuses } from "../../record.ts";

const dayMs = 24 * 60 * 60 * 1_000;
/** Partitions are there so many days before they are needed. */
const daysAhead = 2;
/** What is asked of the server must not wait behind a long query, since everything else would wait behind it. */
const noWaiting = "set local lock_timeout = '2s'";
const sliceRows = 5_000;
/** A day may hold a hundred million events; in ms. */
const patienceMs = 60 * 60 * 1_000;

/** Makes the partitions of today and of the next days; `rest` takes the events of a day that has none. */
export async function makePartitions(db: Postgres, now: number): Promise<void> {
  for (let ahead = 0; ahead <= daysAhead; ahead += 1) {
    const from = Math.floor(now / dayMs + ahead) * dayMs;
    const name = `${db.schema}.${nameOf(from)}`;
    const { rows } = await db.pool.query("select where to_regclass($1) is not null", [name]);
    if (rows.length > 0) continue;
    await inTransaction(db.pool, async (client) => {
      await client.query(noWaiting);
      await client.query("select pg_advisory_xact_lock(hashtextextended($1, 0))", [
        `hookwell partitions ${db.schema}`,
      ]);
      await client.query(
        `create table if not exists ${name} partition of ${db.schema}.event for values from (${from}) to (${from + dayMs})`,
      );
    });
  }
}

/**
 * Forgets handled and obsolete events received before a time: days that are all before it go as a whole, but for what
 * is kept of them, which moves to `rest`; of `rest` and of today row by row. The day in which that time is stays until it
 * is all before it, since it then costs nothing.
 *
 * @returns how many
 */
export async function forget(db: Postgres, before: number): Promise<number> {
  for (const name of await daysBefore(db, before)) await detach(db, name);
  let forgotten = 0;
  // Also those that a process left which ended in between.
  for (const name of await detachedDays(db)) forgotten += await dissolve(db, name);
  for (;;) {
    const removed = await removeSlice(db.pool, db.schema, before);
    forgotten += removed;
    if (removed < sliceRows) return forgotten;
  }
}

const nameOf = (from: number): string =>
  `event_${new Date(from).toISOString().slice(0, 10).replaceAll("-", "")}`;

/** Partitions whose last moment is before this time, oldest first. */
async function daysBefore({ pool, schema }: Postgres, before: number): Promise<readonly string[]> {
  const { rows } = await pool.query<{ name: string }>(
    `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
       where i.inhparent = $1::regclass and c.relname ~ '^event_[0-9]{8}$' and c.relname < $2 order by c.relname`,
    [`${schema}.event`, nameOf(Math.floor(before / dayMs) * dayMs)],
  );
  return rows.map(({ name }) => `${schema}.${name}`);
}

async function detachedDays({ pool, schema }: Postgres): Promise<readonly string[]> {
  const { rows } = await pool.query<{ name: string }>(
    `select relname as name from pg_class c where relnamespace = $1::regnamespace and relkind = 'r'
       and relname ~ '^event_[0-9]{8}$' and not exists (select from pg_inherits where inhrelid = c.oid)`,
    [schema],
  );
  return rows.map(({ name }) => `${schema}.${name}`);
}

/** Everything else waits for this, so it does nothing but this. */
async function detach({ pool, schema }: Postgres, name: string): Promise<void> {
  await inTransaction(pool, async (client) => {
    await client.query(noWaiting);
    await client.query(`alter table ${schema}.event detach partition ${name}`);
  });
}

/** What is kept of a detached day moves to `rest`, and the day goes; as long as that takes. */
function dissolve({ pool, schema }: Postgres, name: string): Promise<number> {
  return inTransaction(pool, async (client) => {
    const patiently = <Row extends object>(text: string): Promise<QueryResult<Row>> =>
      client.query<Row>({ text, query_timeout: patienceMs } as QueryConfig);
    await client.query(`set local statement_timeout = ${patienceMs}`);
    await patiently(`lock table ${name} in access exclusive mode`);
    const counts = statuses.map((status) => `count(*) filter (where status = '${status}') as ${status}`);
    // A dropped table tells no trigger; what moves is counted as new.
    const { rows } = await patiently<{ handled: string; obsolete: string }>(
      `with n as (select ${counts.join(", ")} from ${name})
       update ${schema}.event_total t set ${statuses.map((status) => `${status} = t.${status} - n.${status}`).join(", ")}
         from n where slot = pg_backend_pid() % 32 returning n.handled, n.obsolete`,
    );
    await patiently(
      `insert into ${schema}.event select * from ${name} where status not in ('handled', 'obsolete')
         on conflict do nothing`,
    );
    await patiently(`drop table ${name}`);
    return Number(rows[0]?.handled ?? 0) + Number(rows[0]?.obsolete ?? 0);
  });
}

async function removeSlice(pool: Pool, schema: string, before: number): Promise<number> {
  const { rowCount } = await pool.query(
    `delete from ${schema}.event where (event_id, received_at) in (
       select event_id, received_at from ${schema}.event
         where received_at < $1 and status in ('handled', 'obsolete')
           and (received_at >= $3 or tableoid = '${schema}.event_rest'::regclass) order by received_at limit $2)`,
    [before, sliceRows, Math.floor(Date.now() / dayMs) * dayMs],
  );
  return rowCount ?? 0;
}
