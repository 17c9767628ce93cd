import { dayMs, dayName } from "../../src/ledger/drivers/postgres/partitions.ts";
import type { EventStatus } from "../../src/ledger/record.ts";
import type { OwnSchema } from "./postgres-harness.ts";

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
