import type { Migration } from "../../../lib/postgres/migrate.ts";

/** Not the list of the ledger: a step that a database has taken must stay as it was, whatever comes to that list. */
const statuses = ["pending", "retrying", "handled", "obsolete", "dead"];
const counts = statuses
  .map((status) => `count(*) filter (where status = '${status}') as ${status}`)
  .join(", ");
const lists = statuses.map((status) => `${status} bigint not null default 0`).join(", ");

/**
 * One row for each event, in partitions of a day (UTC) by the time of receipt, so that old days go as a whole; `rest`
 * holds what belongs to no day that there is a partition of. Times are ms since 1970. Texts are written so that they
 * hold no NUL (`storable`).
 */
const events = (schema: string): string => /* sql */ `
  create sequence ${schema}.event_seq;
  create sequence ${schema}.change_seq minvalue 0;
  select nextval('${schema}.change_seq'); -- so that its \`last_value\` is always one that was drawn
  create table ${schema}.event (
    seq bigint not null default nextval('${schema}.event_seq'), -- order of first admission
    change bigint not null default nextval('${schema}.change_seq'), -- of its newest change
    event_id text collate "C" not null,
    name text collate "C" not null,
    entity text collate "C" not null,
    state text collate "C",
    revision bigint,
    occurred_at bigint,
    received_at bigint not null,
    account text, -- as JSON, since it may be a number or a text
    api_space_id text,
    long_texts text, -- JSON of the four texts above that have an index, if one is too long for it and stands there shortened
    copy text not null, -- that was admitted last, duplicates aside
    status text not null,
    attempts int not null,
    deliveries int not null default 1,
    conflict boolean not null,
    counts boolean not null, -- it was handled, so its revision counts for the gate
    settled_at bigint,
    error text,
    attempt_log text not null, -- JSON: [startedAt, endedAt, error or null] for each attempt
    body bytea not null,
    primary key (event_id, received_at)
  ) partition by range (received_at);
  create index on ${schema}.event (received_at, seq);
  create index on ${schema}.event (entity, received_at, seq);
  create index on ${schema}.event (name, received_at, seq);
  create index on ${schema}.event (change);
  create index on ${schema}.event (status, received_at, seq) where status <> 'handled';
  create index on ${schema}.event (state, revision) where counts and revision is not null;
  create table ${schema}.event_rest partition of ${schema}.event default;
`;

/**
 * How many events are in each status. Triggers count, so that it is right whatever happens; in several rows, so that
 * few transactions wait for each other.
 */
const totals = (schema: string): string => /* sql */ `
  create table ${schema}.event_total (slot int primary key, ${lists}, duplicates bigint not null default 0);
  insert into ${schema}.event_total (slot) select generate_series(0, 31);
  create function ${schema}.count_events() returns trigger language plpgsql as $$
  begin
    if tg_op = 'INSERT' then
      update ${schema}.event_total t set ${statuses.map((s) => `${s} = t.${s} + n.${s}`).join(", ")}
        from (select ${counts} from added) n where slot = pg_backend_pid() % 32;
    elsif tg_op = 'DELETE' then
      update ${schema}.event_total t set ${statuses.map((s) => `${s} = t.${s} - n.${s}`).join(", ")}
        from (select ${counts} from removed) n where slot = pg_backend_pid() % 32;
    else
      update ${schema}.event_total t set ${statuses.map((s) => `${s} = t.${s} + n.${s} - o.${s}`).join(", ")}
        from (select ${counts} from added) n, (select ${counts} from removed) o
        where slot = pg_backend_pid() % 32;
    end if;
    return null;
  end $$;
  create trigger count_insert after insert on ${schema}.event
    referencing new table as added for each statement execute function ${schema}.count_events();
  create trigger count_delete after delete on ${schema}.event
    referencing old table as removed for each statement execute function ${schema}.count_events();
  create trigger count_update after update on ${schema}.event
    referencing old table as removed new table as added
    for each statement execute function ${schema}.count_events();
`;

/** Who works on which shard. A worker is missed after `until`, or when the connection that holds `lock` is gone. */
const workers = (schema: string): string => /* sql */ `
  create table ${schema}.worker (
    id uuid primary key,
    lock bigint not null, -- an advisory lock that it holds for as long as it is connected
    until timestamptz not null,
    missed_at timestamptz, -- since when nobody holds its lock, or its time is over
    queue text, -- from which it takes, so that others see if it is not theirs; null if that is not known
    shards int not null, -- into how many its queue is cut
    reaches_queue boolean not null, -- if not, it leaves its shards to those that do
    reach_since timestamptz not null -- since when it does, or does not
  );
  create table ${schema}.shard (shard int primary key, owner uuid);
`;

/** One row, which is the history's name for as long as the tables are there. */
const name = (schema: string): string => /* sql */ `
  create table ${schema}.history (name text not null);
  insert into ${schema}.history values (gen_random_uuid());
`;

export const ledgerSteps: readonly Migration[] = [
  { sql: (schema) => events(schema) + totals(schema) + workers(schema) + name(schema) },
];
