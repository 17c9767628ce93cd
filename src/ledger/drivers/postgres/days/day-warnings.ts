import type { Postgres } from "../../../../lib/postgres/postgres.ts";

/** Why days of the history cannot be made, dropped or searched as they should; empty if all is well. */
export async function dayWarnings(db: Postgres): Promise<readonly string[]> {
  const rights = await lackingRights(db);
  // Who does not own the history has heard that of all its days.
  const others = rights.length === 0 ? await daysOfOthers(db) : [];
  return [...rights, ...others, ...(await lackingLocks(db))];
}

const allDays = "the days of the history";
const follows =
  "events of a day that nobody makes go into event_rest, from which they are removed one by one";

/** Names are written as in SQL. */
interface Rights extends Record<"login" | "user" | "database" | "schema" | "owner", string> {
  readonly owns: boolean;
  readonly creates: boolean;
}

/**
 * What the user lacks to make the partitions of days and to drop them. With rights to read and write alone all else
 * works, so nobody would notice before the days that somebody else has made are over.
 */
async function lackingRights({ pool, schema }: Postgres): Promise<readonly string[]> {
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
      return `This user may neither make nor drop ${allDays}, since they belong to the role ${owner}: ${follows}. Log in as ${owner}, or run \`${cure}\` on the server.`;
    }
    if (creates) return [];
    return `This user may not make ${allDays}, since it may create nothing in the schema ${place}: ${follows}. Run \`grant create on schema ${place} to ${user}\` on the server.`;
  });
}

/**
 * Days that this user may not drop, though it owns the history: another user that does so, too, has made them, or has
 * restored them. One that somebody has put into another schema is theirs.
 */
async function daysOfOthers({ pool, schema }: Postgres): Promise<readonly string[]> {
  const { rows } = await pool.query<{ days: number; day: string; owner: string; ours: string }>(
    `select count(*)::int as days, min(day.relnamespace::regnamespace || '.' || day.relname) as day,
         day.relowner::regrole::text as owner, event.relowner::regrole::text as ours
       from pg_class event join pg_inherits on inhparent = event.oid join pg_class day on day.oid = inhrelid
       where event.oid = $1::regclass and day.relnamespace = event.relnamespace and day.relname ~ '^event_[0-9]{8}$'
         and not pg_has_role(day.relowner, 'USAGE') group by 3, 4 order by 3`,
    [`${schema}.event`],
  );
  return rows.map(
    ({ days, day, owner, ours }) =>
      `This user may not drop ${days} of ${allDays}, since they belong to the role ${owner}, and so forgets none of their events. Run \`alter table ${day} owner to ${ours}\` on the server${days === 1 ? "" : ", and the same for the others"}.`,
  );
}

/** Locks per day in a query of all days: its table and each of its indexes. Ten such queries at once are not many. */
const locksOfDay = 8;
const searches = 10;

/** What is wrong with the settings of the server if so many days are kept. */
async function lackingLocks({ pool, schema }: Postgres): Promise<readonly string[]> {
  const { rows } = await pool.query<Record<"days" | "locks" | "connections", number>>(
    `select count(*)::int as days, current_setting('max_locks_per_transaction')::int as locks,
       current_setting('max_connections')::int as connections from pg_inherits where inhparent = $1::regclass`,
    [`${schema}.event`],
  );
  const { days = 0, locks = 0, connections = 1 } = rows[0] ?? {};
  const needed = Math.ceil((searches * locksOfDay * days) / connections);
  if (needed <= locks) return [];
  return [
    `The history has ${days} days, and a search in it locks each of them: set max_locks_per_transaction to ${needed} or more (it is ${locks}) and restart the server, or it runs out of locks ("out of shared memory").`,
  ];
}
