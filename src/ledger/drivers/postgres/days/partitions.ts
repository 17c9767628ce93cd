import type { ClientBase, QueryConfig } from "pg";
import { codeOf } from "../../../../lib/error-code.ts";
import { inTransaction } from "../../../../lib/postgres/on-connection.ts";
import type { Postgres } from "../../../../lib/postgres/postgres.ts";
import { mayMove } from "./may-move.ts";

export const dayMs: number = 24 * 60 * 60 * 1_000;
/** How many days ahead partitions are made: if something goes wrong, there is time to try again. */
const daysAhead = 3;
const minuteMs = 60_000;
/** How long it may take to look through `rest`, in ms. */
const provingMs = minuteMs;
/** How far ahead, in ms, a day must begin so that the search for its events in `rest` ends before it begins. */
const aheadMs = 2 * provingMs;
/** How large a table may be, without long values, that is looked through while everything waits. */
const mostBytes = 64 * 1024 * 1024;

/** Name of the partition of the day that begins at this time. */
export const dayName = (from: number): string =>
  `event_${new Date(from).toISOString().slice(0, 10).replaceAll("-", "")}`;

/** A partition that could not be made. */
export interface LackingDay {
  readonly day: string;
  readonly error: unknown;
}

/**
 * Makes the partitions of today and of the next days, each by itself. `rest` takes the events of a day that has none.
 *
 * @returns those that could not be made; after one that waited in vain for a reader, the next ones are not tried
 */
export async function makePartitions(db: Postgres, now: number): Promise<readonly LackingDay[]> {
  const today = Math.floor(now / dayMs) * dayMs;
  const lacking: LackingDay[] = [];
  for (let ahead = 0; ahead <= daysAhead; ahead += 1) {
    const from = today + ahead * dayMs;
    try {
      await makeDay(db, from, now);
    } catch (error) {
      lacking.push({ day: dayName(from), error });
      // While we wait for a lock, everything else waits behind us.
      if (isLocked(error)) break;
    }
  }
  return lacking;
}

/** True if somebody else held a lock for longer than we may wait. */
export const isLocked = (error: unknown): boolean => codeOf(error) === "55P03";

/** A partition to be made, and the times for which it is. */
interface Day {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

async function makeDay(db: Postgres, midnight: number, now: number): Promise<void> {
  const name = `${db.schema}.${dayName(midnight)}`;
  if (await isThere(db.pool, name)) return;
  const isLittle = await isRestLittle(db);
  const from = isLittle ? midnight : await lateBeginOf(db, midnight, now);
  const day = { name, from, to: midnight + dayMs };
  if (day.from >= day.to) return;
  try {
    if (!isLittle) await proveAbsence(db, day);
    await attachDay(db, day);
  } catch (error) {
    // Another process was faster, and has removed the proof as well.
    if (await isThere(db.pool, name)) return;
    // If this fails too, the next round removes the proof.
    await giveUpProof(db).catch(() => undefined);
    throw error;
  }
}

/** Whether the server has soon looked through `rest`, and what belongs to the day is soon moved. */
async function isRestLittle({ pool, schema }: Postgres): Promise<boolean> {
  const rest = `${schema}.event_rest`;
  // The server looks through the whole file, also where removed rows were.
  const small = `select where pg_relation_size($1) <= ${mostBytes}`;
  return (await pool.query(small, [rest])).rowCount === 1 && mayMove(pool, rest);
}

/**
 * When the partition of a day begins if `rest` holds too much: so late that nothing of it is in `rest`, nor comes before
 * that is proven. Earlier events of the day stay there.
 */
async function lateBeginOf({ pool, schema }: Postgres, midnight: number, now: number): Promise<number> {
  const { rows } = await pool.query<{ last: number | null }>(
    `select max(received_at) as last from ${schema}.event_rest where received_at >= $1 and received_at < $2`,
    [midnight, midnight + dayMs],
  );
  const last = rows[0]?.last ?? null;
  if (last === null && midnight > now + aheadMs) return midnight;
  const soonest = Math.max(last ?? 0, now) + aheadMs;
  // In whole minutes, so that processes that start together prove the same thing.
  return Math.floor(soonest / minuteMs + 1) * minuteMs;
}

const withoutProof = "drop constraint if exists day_to_come";

/** Removes the proof; otherwise events of that day would be refused for as long as its partition is missing. */
async function giveUpProof({ pool, schema }: Postgres): Promise<void> {
  await inTransaction(pool, async (client) => {
    await beginChange(client, schema);
    await client.query(`alter table ${schema}.event_rest ${withoutProof}`);
  });
}

/**
 * Before a day is attached, the server looks for its events in `rest`, while everything waits. It need not if it knows
 * already that there are none, which it finds out here while others go on. Meanwhile, events of that day, which come
 * from a wrong clock, are refused, and so come again.
 */
async function proveAbsence({ pool, schema }: Postgres, { name, from, to }: Day): Promise<void> {
  const rest = `${schema}.event_rest`;
  const isLacking = await inTransaction(pool, async (client) => {
    await beginChange(client, schema);
    await lockRest(client, schema);
    if (await isThere(client, name)) return false;
    await client.query(
      `alter table ${rest} ${withoutProof}, add constraint day_to_come
         check (received_at < ${from} or received_at >= ${to}) not valid`,
    );
    return true;
  });
  if (!isLacking) return;
  await inTransaction(pool, async (client) => {
    await beginChange(client, schema);
    await client.query(`set local statement_timeout = ${provingMs}`);
    const text = `alter table ${rest} validate constraint day_to_come`;
    await client.query({ text, query_timeout: provingMs } as QueryConfig);
  });
}

async function attachDay({ pool, schema }: Postgres, day: Day): Promise<void> {
  await inTransaction(pool, async (client) => {
    await beginChange(client, schema);
    await lockRest(client, schema);
    // Then the proof is about another day; and making the partition again would be an error in the server's log.
    if (await isThere(client, day.name)) return;
    await fillDay(client, schema, day);
    await client.query(`alter table ${schema}.event_rest ${withoutProof}`);
  });
}

/**
 * Called before anything is asked or moved. A process that has waited sees which days exist only once it has locked a
 * table. And if we moved rows first and locked then, we and a writer could wait for each other.
 */
async function lockRest(client: ClientBase, schema: string): Promise<void> {
  await client.query(`lock table ${schema}.event_rest in access exclusive mode`);
}

/** Attaches a day; events of it that came earlier, from a wrong clock, move into it from `rest`. */
async function fillDay(client: ClientBase, schema: string, { name, from, to }: Day): Promise<void> {
  await client.query(`create table ${name} (like ${schema}.event including all)`);
  await client.query(
    `with moved as (delete from ${schema}.event_rest where received_at >= $1 and received_at < $2 returning *)
       insert into ${name} select * from moved`,
    [from, to],
  );
  await client.query(
    `alter table ${schema}.event attach partition ${name} for values from (${from}) to (${to})`,
  );
}

/**
 * Begins a change of the partitions. Only one runs at a time, and none waits for long: all else would wait behind it.
 */
export async function beginChange(client: ClientBase, schema: string): Promise<void> {
  await client.query("set local lock_timeout = '2s'");
  await client.query("select pg_advisory_xact_lock(hashtextextended($1, 0))", [
    `hookwell partitions ${schema}`,
  ]);
}

async function isThere(db: Pick<ClientBase, "query">, name: string): Promise<boolean> {
  const { rows } = await db.query<{ there: boolean }>("select to_regclass($1) is not null as there", [name]);
  return rows[0]?.there === true;
}
