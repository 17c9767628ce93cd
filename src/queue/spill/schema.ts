import type { Schema } from "../../lib/sqlite/sqlite.ts";

/** A line for each shard, in order of arrival; the index finds its head without reading what is held back in it. */
export const spillSchema: Schema = [
  /* sql */ `
  create table waiting (
    id integer primary key autoincrement, -- order of arrival
    shard integer not null,
    lane text not null,
    at integer not null, -- came, ms since 1970
    checksum integer not null, -- CRC-32 of the message
    message blob not null
  );
  create index waiting_shard on waiting (shard, id, lane);
  create table total (waiting integer not null);
  insert into total values (0);
  `,
];
