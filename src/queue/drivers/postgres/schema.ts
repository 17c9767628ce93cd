import type { Migration } from "../../../lib/postgres.ts";

/**
 * One row for each message. What waits, and what does not until `ready_at` (it is handed out, or delayed), are in two
 * small indexes, so that neither is searched for the other. Times of events are ms since 1970.
 */
const messages = (schema: string): string => /* sql */ `
  create sequence ${schema}.message_place;
  create table ${schema}.message (
    id bigint generated always as identity primary key,
    shard smallint not null,
    place bigint not null default nextval('${schema}.message_place'), -- order of handing out
    waiting boolean not null default true,
    ready_at timestamptz, -- end of the lease or of the delay
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
  create index message_waiting on ${schema}.message (shard, place) where waiting;
  create index message_ready on ${schema}.message (ready_at) where not waiting;
`;

/** How many messages there are. Kept by triggers, in rows that rarely meet, so that it is right whoever sends or takes. */
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

export const queueSteps: readonly Migration[] = [{ sql: (schema) => messages(schema) + totals(schema) }];
