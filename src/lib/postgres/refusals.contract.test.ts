import { expect, test } from "vitest";
import { answers } from "../../../test/support/servers/engines.ts";
import { ownSchema } from "../../../test/support/drivers/postgres-harness.ts";
import { PostgresServer } from "../../../test/support/servers/postgres-server.ts";
import { openPostgresLedger } from "../../ledger/drivers/postgres/ledger.ts";
import type { Log } from "../../log.ts";
import { openPostgresQueue } from "../../queue/drivers/postgres/queue.ts";
import { aMessage } from "../../testing/builders.ts";
import { eventually } from "../../testing/eventually.ts";
import { recordedLog } from "../../testing/recorded-log.ts";

const isThere = await answers("postgres");

const parts = {
  queue: async (url: string, log: Log) => {
    const queue = await openPostgresQueue(url, { leaseMs: 30_000, log });
    return { ask: () => queue.depth(), close: () => queue.close() };
  },
  ledger: async (url: string, log: Log) => {
    const ledger = await openPostgresLedger(url, { log });
    return { ask: () => ledger.stats(), close: () => ledger.close() };
  },
};

test.skipIf(!isThere).concurrent.for(["queue", "ledger"] as const)(
  "what the server of the %s refuses after the start is told too, each reason once, without the password",
  { timeout: 60_000 },
  async (part) => {
    await using server = await PostgresServer.start();
    await server.query("create role clerk nologin; create schema hookwell authorization clerk");
    await server.stop();
    const { log, lines, facts } = recordedLog();
    const { ask, close } = await parts[part](server.url.replace("postgres@", "clerk:hunter2@"), log);
    const told = (words: string) => lines.filter(({ fields }) => String(fields["error"]).includes(words));
    const isRefused = (words: string): Promise<void> =>
      eventually(async () => {
        await expect(ask()).rejects.toThrow();
        expect(told(words)).toHaveLength(1);
      });
    // Some seconds after the last refusal, since other calls may still be refused.
    const works = (): Promise<void> =>
      eventually(async () => {
        await ask();
        expect(facts().at(-1)).toBe(`${part}.engine_back`);
      });

    await server.start();
    await isRefused("the server refuses this user");
    // Another try says nothing new.
    await isRefused("the server refuses this user");
    await server.query("alter role clerk login");
    await works();

    await server.query("alter schema hookwell owner to postgres");
    await isRefused("this user may not create or use the tables");
    await isRefused("this user may not create or use the tables");
    await server.query("alter schema hookwell owner to clerk");
    await works();

    const startAnother = async (): Promise<void> => {
      const other = await parts[part](server.url.replace("postgres@", "clerk@"), log);
      await other.close();
    };
    await server.query(`drop table hookwell.${part === "queue" ? "message" : "event_total"} cascade`);
    await isRefused("tables are gone: restore them from a backup");
    // What is left says that all was made.
    await startAnother();
    await expect(ask()).rejects.toThrow("does not exist");
    expect(told("drop the schema with whatever is left in it")).toHaveLength(1);
    await server.query("drop schema hookwell cascade; create schema hookwell authorization clerk");
    await startAnother();
    await works();
    expect(JSON.stringify(lines)).not.toContain("hunter2");
    await close();
  },
);

test.skipIf(!isThere).concurrent.for(["queue", "ledger"] as const)(
  "a %s whose tables are dropped while it starts is waited for, since somebody may be restoring them",
  async (part) => {
    await using schema = ownSchema();
    const { log } = recordedLog();
    const first = await parts[part](schema.url, log);
    await first.close();
    const dropper = await schema.connect();
    await dropper.query(`begin; drop schema ${schema.name} cascade`);

    const dropWhenAwaited = async (): Promise<void> => {
      const waits = "select from pg_locks where not granted and relation = $1::regclass";
      const table = `${schema.name}.schema_version`;
      await eventually(async () => expect(await schema.query(waits, [table])).toHaveLength(1));
      await dropper.query("commit");
    };
    const [{ ask, close }] = await Promise.all([parts[part](schema.url, log), dropWhenAwaited()]);

    await eventually<unknown>(ask);
    await close();
  },
);

test.skipIf(!isThere).for([
  { part: "queue", table: "message" },
  { part: "ledger", table: "event" },
] as const)(
  "a schema in which something else has a table $table is left alone, and the log says so",
  async ({ part, table }) => {
    await using schema = ownSchema();
    await schema.query(`create schema ${schema.name}`);
    await schema.query(`create table ${schema.name}.${table} (theirs text)`);
    const { log, lines, facts } = recordedLog();

    const { ask, close } = await parts[part](schema.url, log);

    const words = "its schema has a table of something else: name another schema with ?schema=";
    await expect(ask()).rejects.toThrow(words);
    expect(lines.map(({ fields }) => String(fields["error"])).join()).toContain(words);
    expect(await schema.query(`select theirs from ${schema.name}.${table}`)).toEqual([]);
    await schema.query(`drop table ${schema.name}.${table}`);
    await eventually<unknown>(ask);
    expect(facts()).toContain(`${part}.engine_back`);
    await close();
  },
);

test.skipIf(!isThere)(
  "who sends to a schema that was renamed is told that, since its triggers still name the earlier one",
  async () => {
    await using schema = ownSchema();
    const renamed = `${schema.name}_renamed`;
    await (await parts.queue(schema.url, recordedLog().log)).close();
    await schema.query(`alter schema ${schema.name} rename to ${renamed}`);
    const { log, lines } = recordedLog();
    const queue = await openPostgresQueue(schema.url.replace(schema.name, renamed), { leaseMs: 30_000, log });

    await expect(queue.send([aMessage()])).rejects.toThrow(/does not exist/);

    expect(lines.map(({ fields }) => fields["error"])).toEqual([
      expect.stringMatching(`its schema was renamed: give it the name ${schema.name} again[.]$`),
    ]);
    await schema.query(`alter schema ${renamed} rename to ${schema.name}`);
    await queue.close();
  },
);
