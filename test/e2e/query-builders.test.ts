import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root, startBuilt } from "../support/program/built.ts";
import { clientOf, testSecret, testToken } from "../support/program/client.ts";
import { fileIn } from "../support/program/pages.ts";
import { tempProject } from "../support/program/project.ts";
import { answers } from "../support/servers/engines.ts";
import { PostgresServer } from "../support/servers/postgres-server.ts";

const config = fileIn("docs/handle.md", "query-builders.config.ts");
const installed = ["drizzle-orm", "knex", "kysely", "pg"];
const names = ["message.sent", "message.delivered", "message.read"];
const known = { HOOKWELL_SECRET: testSecret, HOOKWELL_TOKEN: testToken };
const once = { HOOKWELL_MAX_ATTEMPTS: "1" };

/** The configuration of the page as it runs with a table of the user's own, after one event for each library. */
async function afterEvents(table: string) {
  await using server = await PostgresServer.start();
  await server.query(table);
  await using project = await tempProject({ "hookwell.config.ts": config }, installed);
  const env = { ...known, ...once, HOOKWELL_LEDGER: server.url };
  await using hookwell = await startBuilt(project.path, env);
  const client = clientOf(hookwell.url);
  for (const name of names) await client.send(await readFile(join(root, `src/sandbox/samples/${name}.json`)));
  await client.settled();
  return {
    events: Array.from((await client.events()).values(), ({ name, status, error }) => ({
      name,
      status,
      error,
    })),
    rows: await server.query("select event, status from receipt order by status"),
  };
}

test.skipIf(!(await answers("postgres")))(
  "what query builders write is committed with the event, or not at all",
  async () => {
    const good = await afterEvents("create table receipt (event text primary key, status text not null)");
    // The insert itself succeeds; only the commit does not.
    const refusing = await afterEvents(
      `create table receipt (event text primary key, status text not null);
       create function refuse() returns trigger language plpgsql as $$ begin raise 'no room'; end $$;
       create constraint trigger refuse after insert on receipt deferrable initially deferred
         for each row execute function refuse()`,
    );

    expect(good.rows.map(({ status }) => status)).toEqual(["delivered", "read", "sent"]);
    expect(good.events.map(({ status }) => status)).toEqual(["handled", "handled", "handled"]);
    expect(refusing.rows).toEqual([]);
    expect(refusing.events.map(({ status, error }) => [status, error?.includes("no room")])).toEqual([
      ["dead", true],
      ["dead", true],
      ["dead", true],
    ]);
  },
);
