import { tablesOf } from "./locked-tables.ts";
import type { Postgres } from "./postgres.ts";

/**
 * Tables whose rows the server would hide from this user. It answers none of our queries then: an event whose row is
 * hidden would be taken for new.
 */
export async function rowSecurityWarnings({ part, pool, schema }: Postgres): Promise<readonly string[]> {
  const { rows } = await pool.query<{ tables: number; first: string; place: string }>(
    `select count(*)::int as tables, min(relname) as first,
         min(relnamespace::regnamespace || '.' || quote_ident(relname)) as place from pg_class
       where relnamespace = to_regnamespace($1) and relname ~ $2 and relkind in ('r', 'p')
         and row_security_active(oid)
       having count(*) > 0`,
    [schema, tablesOf[part]],
  );
  return rows.map(
    ({ tables, first, place }) =>
      `Row-level security would hide rows of the table ${first}${tables === 1 ? "" : ` and ${tables - 1} more`} from this user, so nothing is read there. Run \`alter table ${place} disable row level security\` on the server${tables === 1 ? "" : ", and the same for the others"}.`,
  );
}
