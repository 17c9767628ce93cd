import type { Migration } from "../../../lib/postgres/migrate.ts";

/**
 * One row for each message. While a message waits, its row is in one index; while it is handed out, or to be tried
 * again at `ready_at`, it is in two others. So a sender pays for one index only, and each holds only what is looked for
 * there. A message that is tried again never counts as waiting again, so that what waits is in the order of `id`. Times
 * of events are ms since 1970.
 */
const messages = (schema: string): string => /* sql */ `
  create sequence ${schema}.message_place;
  create table ${schema}.message (
    id bigint not null default nextval('${schema}.message_place'), -- order of sending
    shard smallint not null,
    place bigint, -- order of handing out, if it was tried again; else that is id
    waiting boolean not null default true,
    ready_at timestamptz, -- end of the lease or of the delay; counts unless it waits
    owner uuid, -- who holds it
    attempt int not null default 1, -- of the next hand-out
    sent_at timestamptz not null default now(), -- COPY writes row by row if a clock is read for each
    event_id text not null,
    name text not null,
    entity text not null,
    state text,
    revision bigint,
    occurred_at bigint,
    received_at bigint not null,
    account text, -- as JSON, since it may be a number or a text
    api_space_id text,
    copy text not null,
    replay boolean not null,
    body bytea not null
  );
  -- A consumer whose answer was lost begins a new epoch, so that a hand-out that is still on its way finds nothing.
  create table ${schema}.consumer (id uuid primary key, epoch int not null);
  create index message_waiting on ${schema}.message (shard, id) where waiting;
  -- Not unique: whoever moves the tables and not the sequence makes numbers be drawn twice.
  create index message_held on ${schema}.message (id) where not waiting;
  -- A consumer looks for what falls due in its own shards only, so what is due in those of others costs it nothing.
  create index message_due on ${schema}.message (shard, ready_at, place) where not waiting;
  -- It has no key, so who replicates all tables needs this.
  alter table ${schema}.message replica identity full;
`;

/**
 * How many messages there are. Triggers count, so that it is right whoever sends or takes; in several rows, so that few
 * transactions wait for each other.
 */
const totals = (schema: string): string => /* sql */ `
  create table ${schema}.message_total (slot int primary key, messages bigint not null default 0);
  insert into ${schema}.message_total (slot) select generate_series(0, 31);
  create function ${schema}.count_messages() returns trigger language plpgsql as $$
  declare
    more bigint;
  begin
    if tg_op = 'INSERT' then
      select count(*) into more from changed;
    else
      select -count(*) into more from changed;
    end if;
    update ${schema}.message_total set messages = messages + more where slot = pg_backend_pid() % 32;
    return null;
  end $$;
  create trigger count_insert after insert on ${schema}.message
    referencing new table as changed for each statement execute function ${schema}.count_messages();
  create trigger count_delete after delete on ${schema}.message
    referencing old table as changed for each statement execute function ${schema}.count_messages();
`;

/** At most one row: the history whose workers have the queue to themselves. */
const reservation = (schema: string): string => /* sql */ `
  create table ${schema}.reservation (
    one boolean primary key default true check (one),
    owner text not null,
    until timestamptz not null
  );
`;

export const queueSteps: readonly Migration[] = [
  { sql: (schema) => messages(schema) + totals(schema) + reservation(schema) },
];
