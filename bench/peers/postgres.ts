/** The bare client of PostgreSQL: a table, and one insert of several rows for each batch. */
import { Pool } from "pg";
import { benchName } from "../engines/names.ts";
import { servePeer } from "../engines/serve-peer.ts";

await servePeer(async (url) => {
  const pool = new Pool({ connectionString: url, max: 10 });
  await pool.query(`create schema ${benchName}`);
  await pool.query(
    `create table ${benchName}.event (id bigint generated always as identity primary key, body bytea)`,
  );
  return {
    send: async (messages) => {
      const rows = messages.map((_, index) => `($${index + 1})`).join(", ");
      await pool.query({
        name: `insert ${messages.length}`,
        text: `insert into ${benchName}.event (body) values ${rows}`,
        values: messages.map(({ body }) => body),
      });
    },
  };
});
