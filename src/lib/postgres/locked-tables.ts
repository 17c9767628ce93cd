import type { Part } from "../engines/part.ts";
import type { Postgres } from "./postgres.ts";

/** The tables of each part; others may be in the same schema. */
export const tablesOf: Readonly<Record<Part, string>> = {
  queue: "^(message|message_total|consumer|reservation|schema_version)$",
  ledger: "^(event|event_rest|event_[0-9]{8}|event_total|worker|shard|history|schema_version)$",
};

/** A session that is not ours, with tables of ours that nobody can write to while it has them. */
interface Holder {
  readonly pid: number;
  readonly application: string;
  /** False if it waits for them: everything that comes later waits behind it. */
  readonly isHeld: boolean;
  readonly tables: readonly string[];
}

/**
 * Who keeps us from our tables by a lock, as `alter table`, `vacuum full`, a restore or a forgotten session do. All
 * that is seen of it otherwise is that calls are not answered in time, although the server is there.
 */
export async function lockWarnings(db: Postgres): Promise<readonly string[]> {
  const holders = await holdersOf(db);
  return holders.map(({ pid, application, isHeld, tables: [first = "", ...others] }) => {
    const session = `Session ${pid}${application === "" ? "" : ` (${application})`}`;
    const tables = others.length === 0 ? `the table ${first}` : `${first} and ${others.length} more`;
    const them = others.length === 0 ? "it" : "them";
    return `${session} ${isHeld ? "has locked" : "waits to lock"} ${tables}: what needs ${them} waits until it is done. Let it finish, or end it by \`select pg_terminate_backend(${pid})\`.`;
  });
}

async function holdersOf({ part, pool, schema }: Postgres): Promise<readonly Holder[]> {
  const { rows } = await pool.query<Holder>(
    // Autovacuum gives way to whoever waits; like all that the server does by itself, it has no user.
    `select pid, session.application_name as application, bool_or(granted) as "isHeld",
         array_agg(distinct relname::text) as tables
       from pg_locks join pg_class on pg_class.oid = relation and relkind in ('r', 'p')
         join pg_stat_activity session using (pid)
       where relnamespace = to_regnamespace($1) and relname ~ $2 and session.datname = current_database()
         and mode in ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
         and usename is not null and session.application_name !~ '^hookwell( |$)'
       group by pid, session.application_name order by pid`,
    [schema, tablesOf[part]],
  );
  return rows;
}
