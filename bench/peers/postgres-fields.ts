/** The client of PostgreSQL that also writes what others look for, each in a column of its own. */
import { Pool } from "pg";
import type { Message } from "../../src/event/message.ts";
import { benchName } from "../engines/names.ts";
import { servePeer } from "../engines/serve-peer.ts";

const columns = ["event_id", "name", "entity", "revision", "occurred_at", "body"];

const valuesOf = ({ eventId, name, entity, revision, occurredAt, body }: Message): readonly unknown[] => [
  eventId,
  name,
  entity,
  revision,
  occurredAt,
  body,
];

/** `($1, …, $6), ($7, …), …` */
function placesOf(rows: number): string {
  const row = (at: number): string =>
    columns.map((_, column) => `$${at * columns.length + column + 1}`).join();
  return Array.from({ length: rows }, (_, at) => `(${row(at)})`).join();
}

await servePeer(async (url) => {
  const pool = new Pool({ connectionString: url, max: 10 });
  await pool.query(`create schema ${benchName}`);
  await pool.query(`create table ${benchName}.event (id bigint generated always as identity primary key,
    event_id text, name text, entity text, revision bigint, occurred_at bigint, body bytea)`);
  return {
    send: async (messages) => {
      await pool.query({
        name: `insert ${messages.length}`,
        text: `insert into ${benchName}.event (${columns.join()}) values ${placesOf(messages.length)}`,
        values: messages.flatMap(valuesOf),
      });
    },
  };
});
