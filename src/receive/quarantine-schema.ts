import type { Schema } from "../lib/sqlite/sqlite.ts";

/** What `receive` keeps for people: requests that it refused, and how often each secret was the right one. */
export const quarantineSchema: Schema = [
  /* sql */ `
  create table refused (
    id integer primary key autoincrement,
    at integer not null, -- ms since 1970
    kind text not null,
    genuine integer not null, -- 1 if its signature was right
    bytes integer not null,
    reason text not null,
    headers text not null, -- JSON
    body blob not null
  );
  create index refused_size on refused (genuine, id, bytes);
  create table secret_use (
    name text primary key,
    hits integer not null,
    last_used_at integer not null
  ) without rowid;
  `,
];
