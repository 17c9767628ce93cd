import type { OpenOptions, Schema } from "../../../lib/sqlite/sqlite.ts";

/** One process at a time owns a ledger, since it keeps the newest keys in memory. */
export const ledgerOpening: OpenOptions = { exclusive: true, busyMs: 1_000 };

/**
 * Events are only appended, in the order in which they were first written; every index on them grows at its edge
 * too, so that a commit touches few pages however long the history is. What would need random access (event id,
 * entity, state) is kept in `lookup`: sealed segments that are written once, each a row of chunks in the order of
 * their hashes.
 *
 * `seq` and `changed` are drawn from one counter, so that together they give the order of all changes.
 */
export const ledgerSchema: Schema = [
  /* sql */ `
  create table event (
    seq integer primary key,
    received_at integer not null, -- all times: ms since 1970
    name integer not null references name (id),
    status integer not null, -- place in the list of statuses
    copy text, -- of the newest replay; null if there was none
    attempts integer not null,
    deliveries integer not null,
    conflict integer not null,
    counts integer not null, -- 1 once it was handled: its revision counts for the gate
    started_at integer, -- of the newest attempt
    ended_at integer,
    settled_at integer,
    changed integer, -- null while the row is as it was first written
    error text,
    head blob not null, -- the event's message up to its body: ids, entity, state, revision, times
    body blob not null
  );
  create index event_by_time on event (received_at);
  create index event_by_status on event (status, received_at);
  create index event_by_name on event (name, status, received_at);
  create index event_changed on event (changed) where changed is not null;
  create table name (id integer primary key, text text not null unique);
  -- Attempts that failed; the one that succeeded stands in the event's row.
  create table attempt (
    seq integer not null,
    number integer not null,
    started_at integer not null,
    ended_at integer not null,
    error text not null,
    primary key (seq, number)
  ) without rowid;
  -- How many events are in each status, and how many duplicates were dropped.
  create table total (what text primary key, count integer not null) without rowid;
  insert into total values
    ('pending', 0), ('retrying', 0), ('handled', 0), ('obsolete', 0), ('dead', 0), ('duplicates', 0);
  create table segment (
    id integer primary key,
    level integer not null,
    phase text not null, -- building, live, or dropping
    sealed_to integer not null, -- everything up to this change is in this segment or an earlier one
    entries integer not null,
    filter blob not null
  );
  create table lookup (
    segment integer not null,
    hash integer not null,
    seq integer not null,
    primary key (segment, hash, seq)
  ) without rowid;
  `,
  /* sql */ `
  -- Also all but the newest of the attempts that succeeded, which stands in the event's row: no error.
  create table attempt_2 (
    seq integer not null,
    number integer not null,
    started_at integer not null,
    ended_at integer not null,
    error text,
    primary key (seq, number)
  ) without rowid;
  insert into attempt_2 select seq, number, started_at, ended_at, error from attempt;
  drop table attempt;
  alter table attempt_2 rename to attempt;
  -- The newest change when a row was last removed: no later one may have its number.
  insert into total values ('forgotten', 0);
  -- Keys are sealed in chunks. Those of a file from before are read from the rows once more, and sealed anew.
  drop table lookup;
  drop table segment;
  create table segment (
    id integer primary key,
    level integer not null,
    phase text not null, -- building, live, or dropping
    sealed_to integer not null, -- everything up to this change is in this segment or an earlier one
    entries integer not null -- 0 while it is being built
  );
  create table lookup (
    id integer primary key, -- the segment's number, then the chunk's place in the segment
    segment integer not null,
    first_hash integer not null,
    entries blob not null -- many of them, in the order of their hashes
  );
  create index lookup_by_hash on lookup (segment, first_hash);
  -- What is kept in memory of a segment, in pieces, so that no commit is large.
  create table filter (
    segment integer not null,
    place integer not null,
    bits blob not null,
    primary key (segment, place)
  ) without rowid;
  `,
  /* sql */ `
  -- Names this file among all others; a queue that is shared knows by it whose worker has it to itself.
  create table history (name text not null);
  insert into history values (lower(hex(randomblob(16))));
  `,
  /* sql */ `
  alter table event add column checksum integer; -- CRC-32 of head and body; null for what came before
  `,
];
