import type { ClientBase, PoolClient, QueryConfig, QueryResult } from "pg";
import { type Postgres, transactionOn } from "../../../lib/postgres/postgres.ts";
import { isRefusal } from "../../../lib/postgres/is-refusal.ts";
import { statuses } from "../../record.ts";
import { mayMove } from "./may-move.ts";
import { daysBefore, daysSetAside, setAsideMark } from "./old-days.ts";
import { beginChange, isLocked } from "./partitions.ts";

/** What is looked at in one statement; of large events, whose removal takes the server as long as it is, fewer. */
const sliceRows = 5_000;
const sliceBytes = 64 * 1024 * 1024;
/** A day may hold a hundred million events; in ms. */
const patienceMs = 60 * 60 * 1_000;
const isKept = `status in (${statuses
  .filter((status) => status !== "handled" && status !== "obsolete")
  .map((status) => `'${status}'`)
  .join(", ")})`;

/**
 * Forgets handled and obsolete events received before a time: days that are all before it go as a whole, but for what
 * is kept of them, which moves to `rest`; of `rest` row by row. The day in which that time is stays until it is all before
 * it, since it then costs nothing. One process does so at a time; for the others there is nothing to do.
 *
 * @param stopping ends it on the spot; what is left is for the next time
 * @returns how many
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
      // By the clock that is least ahead, since all workers lose what one of them forgets by mistake.
      `select pg_backend_pid() as pid, pg_try_advisory_lock(hashtextextended($1, 0)) as mine,
         least($2, extract(epoch from clock_timestamp()) * 1000 - $3)::float as before`,
      [`hookwell forget ${schema}`, before, Date.now() - before],
    );
    const [asked] = rows;
    end = () => void pool.query("select pg_terminate_backend($1)", [asked?.pid]).catch(ignore);
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
  // Also those that a process left which ended in between.
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

/** Each for itself: what the server refuses to do to one, as if somebody made a view of it, is done to the others. */
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
      // Behind each wait everything else waits, too.
      if (isLocked(error)) return;
    }
  }
}

/**
 * Detaches a day; what is kept of it is in `rest` in the same moment, so that nobody misses it.
 *
 * @returns false if too much is kept
 */
async function setAside(client: PoolClient, schema: string, name: string): Promise<boolean> {
  if (!(await mayMove(client, `${name} where ${isKept}`))) return false;
  const columns = await columnsOf(client, schema);
  await transactionOn(client, async () => {
    await beginChange(client, schema);
    await client.query(`alter table ${schema}.event detach partition ${name}`);
    await client.query(`comment on table ${name} is '${setAsideMark}'`);
    await uncount(client, schema, `${name} where ${isKept}`);
    await client.query(
      `with kept as (delete from ${name} where ${isKept} returning ${columns})
         insert into ${schema}.event (${columns}) select ${columns} from kept`,
    );
  });
  return true;
}

/** By their names, since those of a partition that somebody made may stand in another order. */
async function columnsOf(client: ClientBase, schema: string): Promise<string> {
  const { rows } = await client.query<{ names: string }>(
    `select string_agg(quote_ident(attname), ', ') as names from pg_attribute
       where attrelid = $1::regclass and attnum > 0 and not attisdropped`,
    [`${schema}.event`],
  );
  return rows[0]?.names ?? "";
}

type Ask = <Row extends object>(text: string) => Promise<QueryResult<Row>>;

/** A day that is set aside goes; as long as that takes. */
async function dissolve(client: PoolClient, schema: string, name: string): Promise<number> {
  const columns = await columnsOf(client, schema);
  return transactionOn(client, async () => {
    const patiently: Ask = (text) => client.query({ text, query_timeout: patienceMs } as QueryConfig);
    await client.query(`set local statement_timeout = ${patienceMs}`);
    await patiently(`lock table ${name} in access exclusive mode`);
    const forgotten = await uncount(client, schema, name, patiently);
    // It was moved before the day was set aside; if there should be some all the same, it goes nowhere else.
    await patiently(
      `insert into ${schema}.event (${columns}) select ${columns} from ${name} where ${isKept} on conflict do nothing`,
    );
    await patiently(`drop table ${name}`);
    return forgotten;
  });
}

/**
 * Takes the events of a detached day out of the totals; what moves is counted as new.
 *
 * @returns how many of them are not kept
 */
async function uncount(
  client: PoolClient,
  schema: string,
  rowsOf: string,
  ask: Ask = (text) => client.query(text),
): Promise<number> {
  const { rows } = await ask<{ handled: string; obsolete: string }>(
    `with ${uncounted(schema, rowsOf)} select handled, obsolete from uncounted`,
  );
  return Number(rows[0]?.handled ?? 0) + Number(rows[0]?.obsolete ?? 0);
}

const counts = statuses.map((status) => `count(*) filter (where status = '${status}') as ${status}`);
const lessThese = statuses.map((status) => `${status} = t.${status} - n.${status}`);

/** Parts of a statement that take these rows out of the totals: only what goes from the whole table tells a trigger of it. */
const uncounted = (schema: string, rowsOf: string): string => `
  n as (select ${counts.join(", ")} from ${rowsOf}),
  uncounted as (
    update ${schema}.event_total t set ${lessThese.join(", ")} from n where slot = pg_backend_pid() % 32
      returning n.handled, n.obsolete)`;

/** Row by row, from the partition of this name; what is kept in between is passed over once. @returns how many */
async function removeRows(client: PoolClient, schema: string, name: string, before: number): Promise<number> {
  let forgotten = 0;
  for (
    let place: Place | undefined = { at: String(Number.MIN_SAFE_INTEGER), seq: "0" };
    place !== undefined;
  ) {
    const { rows }: QueryResult<Slice> = await client.query<Slice>(
      // By their places in the table: a planner that compares keys may go through the whole table for each slice. The
      // status once more, since a server may follow a row that changes to its new place.
      `with counted as (
         select ctid, received_at, seq, status,
             sum(octet_length(body)) over (order by received_at, seq) - octet_length(body) as before from ${name}
           where received_at < $1 and (received_at, seq) > ($2, $3) order by received_at, seq limit $4
       ), slice as materialized (
         select * from counted where before < ${sliceBytes}
       ), gone as (
         delete from ${name} where status in ('handled', 'obsolete') and ctid = any (array(
           select ctid from slice where status in ('handled', 'obsolete'))) returning status
       ), ${uncounted(schema, "gone")}
       select received_at as at, seq, (select count(*)::int from gone) as forgotten from slice
         order by received_at desc, seq desc limit 1`,
      [before, place.at, place.seq, sliceRows],
    );
    forgotten += rows[0]?.forgotten ?? 0;
    place = rows[0];
  }
  return forgotten;
}

/** A row in the order of receipt, whose numbers have 64 bits. */
interface Place {
  readonly at: string;
  readonly seq: string;
}

interface Slice extends Place {
  readonly forgotten: number;
}
