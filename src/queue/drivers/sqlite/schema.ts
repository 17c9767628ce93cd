import type { Schema } from "../../../lib/sqlite/sqlite.ts";

/**
 * A pack holds the messages of one commit, so that a commit writes one row however many messages share it. `progress`
 * says which messages of a pack are acknowledged; when all are, the pack goes. A lease covers neighbours in a pack;
 * what lies behind the last lease was never handed out.
 */
export const queueSchema: Schema = [
  /* sql */ `
  create table pack (
    id integer primary key autoincrement,
    at integer not null, -- sent, ms since 1970
    count integer not null,
    lengths blob not null, -- of each message, 32 bit, little end first
    body blob not null -- the messages one after the other
  );
  create table lease (
    pack_id integer not null,
    first integer not null, -- index of the first message
    last integer not null, -- index behind the last one
    until integer not null,
    attempt integer not null,
    owner text not null,
    primary key (pack_id, first)
  ) without rowid;
  create table progress (
    pack_id integer primary key,
    done blob not null -- one byte for each message, 1 if it is acknowledged
  );
  create table delayed (
    id integer primary key autoincrement,
    ready_at integer not null, -- not handed out before; while it is leased, the end of the lease
    at integer not null, -- first sent
    attempt integer not null, -- of the next hand-out
    owner text, -- who holds it; null if nobody does
    body blob not null
  );
  create index delayed_ready on delayed (ready_at, id);
  create index delayed_at on delayed (at);
  create table total (waiting integer not null);
  insert into total values (0);
  -- Ids begin at the time in microseconds: if the file is deleted while Hookwell runs, what was handed out of the old one
  -- names nothing in the new one.
  insert into sqlite_sequence (name, seq)
    select column1, cast(unixepoch('subsec') * 1000 as integer) * 1000 from (values ('pack'), ('delayed'));
  `,
  /* sql */ `
  alter table pack add column checksum integer; -- CRC-32 of the body; null for what came before
  -- Place in the order of hand-outs, in which what was under way is handed out again.
  alter table lease add column handed integer not null default 0;
  alter table delayed add column handed integer not null default 0; -- 0: not handed out since it was delayed
  alter table total add column handed integer not null default 0; -- how many hand-outs there were
  create index delayed_held on delayed (handed) where owner is not null;
  `,
  // A commit writes whole pages, so one that only sends should change nothing but its packs. Therefore each pack has
  // the count of what was sent up to it, and `total` is written only when packs go. (Before, `total` had a running
  // count, and SQLite kept one of the ids.)
  /* sql */ `
  create table packs (
    id integer primary key,
    at integer not null, -- sent, ms since 1970
    count integer not null,
    sent integer not null, -- messages of all packs ever, up to this one
    checksum integer, -- CRC-32 of the body; null for what came before
    lengths blob not null, -- of each message, 32 bit, little end first
    body blob not null -- the messages one after the other
  );
  insert into packs select id, at, count, sum(count) over (order by id), checksum, lengths, body from pack;
  alter table total add column pack_id integer not null default 0; -- of the newest pack that is gone
  alter table total add column sent integer not null default 0; -- its count
  alter table total add column done integer not null default 0; -- of these, acknowledged
  update total set pack_id = (select seq from sqlite_sequence where name = 'pack'),
    done = (select coalesce(max(sent), 0) from packs) - waiting;
  alter table total drop column waiting;
  drop table pack;
  alter table packs rename to pack;
  `,
  /* sql */ `
  alter table total add column seen integer not null default 0; -- what the clock said at the newest hand-out
  alter table total add column history text; -- what its workers handle events with; null if that was never told
  `,
  /* sql */ `
  alter table delayed add column checksum integer; -- CRC-32 of the body; null for what came before
  `,
];
