import type { ClientBase } from "pg";

/** The comment on a day that we detached to drop it; days that somebody else has detached are theirs. */
export const setAsideMark = "Hookwell has set this aside, and drops it.";

/**
 * Partitions whose end is not after this time, oldest first. Somebody may have made one of more than a day, or have put
 * one into a schema of their own, to keep it.
 */
export async function daysBefore(
  client: ClientBase,
  schema: string,
  before: number,
): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
       where i.inhparent = $1::regclass and c.relnamespace = $3::regnamespace and c.relname ~ '^event_[0-9]{8}$'
         and substring(pg_get_expr(c.relpartbound, c.oid) from $$TO \\('(-?[0-9]+)'\\)$$)::bigint <= $2
       order by c.relname`,
    [`${schema}.event`, before, schema],
  );
  return rows.map(({ name }) => `${schema}.${name}`);
}

/** Days that are detached but not dropped yet, also those of a process that ended in between. */
export async function daysSetAside(client: ClientBase, schema: string): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select relname as name from pg_class c where relnamespace = $1::regnamespace
       and relname ~ '^event_[0-9]{8}$' and obj_description(c.oid, 'pg_class') = $2
       and not exists (select from pg_inherits where inhrelid = c.oid)`,
    [schema, setAsideMark],
  );
  return rows.map(({ name }) => `${schema}.${name}`);
}
