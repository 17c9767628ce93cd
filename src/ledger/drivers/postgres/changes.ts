import { crc32 } from "node:zlib";
import type { Postgres } from "../../../lib/postgres/postgres.ts";
import type { Change } from "../../record.ts";
import { type EventRow, recordOf, rowColumns } from "./rows.ts";

/** Keys of advisory locks have 32 bits, the first of which is a sign. */
const bits = 2 ** 31;
const lockOf = (schema: string): number => crc32(`hookwell changes ${schema}`) % bits;

/**
 * Numbers of changes are drawn before a transaction ends, so a reader that has seen a high one might miss a lower one
 * that is committed later. Therefore each writer holds a lock until its transaction ends, which names the last number
 * that was drawn before it began; readers are shown no more than that. Run this before the first change is drawn.
 */
export const markChanges = (schema: string): string =>
  `select pg_advisory_xact_lock_shared(${lockOf(schema)}, (last_value % ${bits})::int) from ${schema}.change_seq`;

/** The newest change that readers may be shown. */
export async function visibleChange({ pool, schema }: Postgres): Promise<number> {
  // In this order: a writer that begins in between draws higher numbers than this one.
  const drawn = await pool.query<{ last_value: number }>(`select last_value from ${schema}.change_seq`);
  const marks = await pool.query<{ mark: number }>(
    `select objid::bigint as mark from pg_locks
       where locktype = 'advisory' and objsubid = 2 and classid::bigint = $1
         and database = (select oid from pg_database where datname = current_database())`,
    [lockOf(schema)],
  );
  const newest = drawn.rows[0]?.last_value ?? 0;
  return Math.min(newest, ...marks.rows.map(({ mark }) => newest - ((newest - mark) % bits)));
}

export async function readChanges(db: Postgres, after: number, limit: number): Promise<readonly Change[]> {
  const visible = await visibleChange(db);
  // Waiting readers ask each second, and the query would search all days.
  if (visible <= after) return [];
  const { rows } = await db.pool.query<EventRow>(
    `select ${rowColumns} from ${db.schema}.event where change > $1 and change <= $2 order by change limit $3`,
    [after, visible, limit],
  );
  return rows.map((row) => ({ id: row.change, record: recordOf(row) }));
}
