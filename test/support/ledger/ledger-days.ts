import { setAsideMark } from "../../../src/ledger/drivers/postgres/days/old-days.ts";
import { beginChange, dayMs, dayName } from "../../../src/ledger/drivers/postgres/days/partitions.ts";
import type { EventStatus } from "../../../src/ledger/record.ts";
import type { OwnSchema } from "../drivers/postgres-harness.ts";

/** A partition of the history that somebody makes, by default of a day. @returns its name, with the schema */
export async function makeDay(
  { name, query }: Pick<OwnSchema, "name" | "query">,
  from: number,
  to: number = from + dayMs,
): Promise<string> {
  const day = `${name}.${dayName(from)}`;
  await query(`create table ${day} partition of ${name}.event for values from (${from}) to (${to})`);
  return day;
}

/** SQL that writes rows, received one by one in the ms after a time, each of so many bytes. */
export const rowsOf = (
  schema: string,
  status: EventStatus,
  after: number,
  count: number,
  bytes = 0,
): string =>
  `insert into ${schema}.event (event_id, name, entity, received_at, copy, status, attempts, conflict, counts, attempt_log, body)
     select '${status}' || n, 'a', 'a', ${after} + n, 'c', '${status}', 1, false, true, '[]', convert_to(repeat('x', ${bytes}), 'UTF8')
       from generate_series(1, ${count}) n`;

/** Leaves a day, named with its schema, as a process does that ends before it has removed it. */
export async function setAsideDay({ name, connect }: OwnSchema, day: string): Promise<void> {
  const client = await connect();
  await client.query("begin");
  // A ledger that was opened just now may still make the next days.
  await beginChange(client, `"${name}"`);
  await client.query(`alter table ${name}.event detach partition ${day}`);
  await client.query(`comment on table ${day} is '${setAsideMark}'; commit`);
}
