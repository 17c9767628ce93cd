import { forgettable, statuses } from "../../../record.ts";

const counts = statuses.map((status) => `count(*) filter (where status = '${status}') as ${status}`);
const forgotten = forgettable.map((status) => `n.${status}`).join(" + ");
const lessThese = statuses.map((status) => `${status} = t.${status} - n.${status}`);

/**
 * Parts of a statement that take these rows out of the totals: triggers count only rows that go from the whole table.
 */
export const uncounted = (schema: string, rowsOf: string): string => `
  n as (select ${counts.join(", ")} from ${rowsOf}),
  uncounted as (
    update ${schema}.event_total t set ${lessThese.join(", ")} from n where slot = pg_backend_pid() % 32
      returning ${forgotten} as forgotten)`;
