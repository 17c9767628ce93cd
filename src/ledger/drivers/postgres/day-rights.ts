import type { Postgres } from "../../../lib/postgres/postgres.ts";

/** Names are written as in SQL. */
interface Rights extends Record<"login" | "user" | "database" | "schema" | "owner", string> {
  readonly owns: boolean;
  readonly creates: boolean;
}

/**
 * What the user lacks to make the partitions of days and to drop them; empty if nothing. With rights to read and write
 * alone all else works, so nobody would notice before the days that somebody else has made are over.
 */
export async function dayRights({ pool, schema }: Postgres): Promise<readonly string[]> {
  const { rows } = await pool.query<Rights>(
    `select quote_ident(session_user) as login, quote_ident(current_user) as user,
       quote_ident(current_database()) as database, relnamespace::regnamespace::text as schema,
       relowner::regrole::text as owner, pg_has_role(relowner, 'USAGE') as owns,
       has_schema_privilege(relnamespace, 'CREATE') as creates from pg_class where oid = $1::regclass`,
    [`${schema}.event`],
  );
  return rows.flatMap(({ login, user, database, schema: place, owner, owns, creates }) => {
    if (!owns) {
      const cure = `grant ${owner} to ${login}; alter role ${login} in database ${database} set role ${owner}`;
      return `This user may neither make nor drop ${days}, since they belong to the role ${owner}: ${follows}. Log in as ${owner}, or run \`${cure}\` on the server.`;
    }
    if (creates) return [];
    return `This user may not make ${days}, since it may create nothing in the schema ${place}: ${follows}. Run \`grant create on schema ${place} to ${user}\` on the server.`;
  });
}

const days = "the days of the history";
const follows =
  "events of a day that nobody makes go into event_rest, from which they are removed one by one";
