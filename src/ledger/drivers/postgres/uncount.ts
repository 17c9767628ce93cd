import type { QueryResult } from "pg";
import { statuses } from "../../record.ts";

const counts = statuses.map((status) => `count(*) filter (where status = '${status}') as ${status}`);
const lessThese = statuses.map((status) => `${status} = t.${status} - n.${status}`);

/**
 * Parts of a statement that take these rows out of the totals: triggers count only rows that go from the whole table.
 */
export const uncounted = (schema: string, rowsOf: string): string => `
  n as (select ${counts.join(", ")} from ${rowsOf}),
  uncounted as (
    update ${schema}.event_total t set ${lessThese.join(", ")} from n where slot = pg_backend_pid() % 32
      returning n.handled, n.obsolete)`;

export type Ask = <Row extends object>(text: string) => Promise<QueryResult<Row>>;

/**
 * Takes the events of a detached day out of the totals; those that move to `rest` are counted there as new.
 *
 * @returns how many of them are not kept
 */
export async function uncount(ask: Ask, schema: string, rowsOf: string): Promise<number> {
  const { rows } = await ask<{ handled: string; obsolete: string }>(
    `with ${uncounted(schema, rowsOf)} select handled, obsolete from uncounted`,
  );
  return Number(rows[0]?.handled ?? 0) + Number(rows[0]?.obsolete ?? 0);
}
