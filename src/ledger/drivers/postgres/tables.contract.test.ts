import { Client } from "pg";
import { describe, expect, test } from "vitest";
import { engineUrls, answers } from "../../../../test/support/engines.ts";
import { ownSchema } from "../../../../test/support/postgres-harness.ts";
import { DataVersionError } from "../../../errors.ts";
import { aMessage } from "../../../testing/builders.ts";
import { assertStats, dead, process } from "../../../testing/ledger-driver/harness.ts";
import { openPostgresLedger } from "./ledger.ts";

const isThere = await answers("postgres");
const dayMs = 86_400_000;

describe.skipIf(!isThere)("the tables", () => {
  test("are made once, however many processes start at the same time", async () => {
    await using schema = ownSchema();

    const ledgers = await Promise.all(Array.from({ length: 8 }, () => openPostgresLedger(schema.url)));

    await Promise.all(ledgers.map((ledger) => ledger.share(16)));
    await Promise.all(ledgers.map((ledger) => ledger.close()));
    expect(await schema.query(`select part from ${schema.name}.schema_version`)).toEqual([
      { part: "ledger" },
    ]);
  });

  test("of a newer version are worked with, unless they say that older programs must not", async () => {
    await using schema = ownSchema();
    await (await openPostgresLedger(schema.url)).close();
    await schema.query(`update ${schema.name}.schema_version set version = 7`);
    const older = await openPostgresLedger(schema.url);
    await older.share(1);
    await process(older, aMessage());
    await older.close();

    await schema.query(`update ${schema.name}.schema_version set least = 7`);

    await expect(openPostgresLedger(schema.url)).rejects.toThrow(DataVersionError);
  });

  test("have partitions for today and the next days; older days go as a whole, but for what is kept", async () => {
    await using schema = ownSchema();
    const ledger = await openPostgresLedger(schema.url);
    await ledger.share(1);
    const today = Math.floor(Date.now() / dayMs) * dayMs;
    const old = today - 40 * dayMs;
    await schema.query(
      `create table ${schema.name}.${nameOf(old)} partition of ${schema.name}.event for values from (${old}) to (${old + dayMs})`,
    );
    const failed = aMessage({ receivedAt: old + 5 });
    await process(ledger, failed, dead("gave up"));
    for (let count = 0; count < 3; count += 1) await process(ledger, aMessage({ receivedAt: old }));
    await process(ledger, aMessage());

    expect(await ledger.prune(today - 30 * dayMs)).toBe(3);

    const days = [0, 1, 2].map((ahead) => nameOf(today + ahead * dayMs));
    const tables = await schema.query(
      `select c.relname as name from pg_class c where relnamespace = '${schema.name}'::regnamespace
         and relname ~ '^event_' and relkind = 'r' order by 1`,
    );
    expect(tables.map(({ name }) => name)).toEqual([...days, "event_rest", "event_total"]);
    expect(await ledger.get(failed.eventId)).toMatchObject({ status: "dead", error: "gave up" });
    await assertStats(ledger, { dead: 1, handled: 1 });
    await ledger.close();
  });

  test("a day that was left half removed is removed with the next", async () => {
    await using schema = ownSchema();
    const ledger = await openPostgresLedger(schema.url);
    await ledger.share(1);
    const name = nameOf(Math.floor(Date.now() / dayMs) * dayMs);
    const failed = aMessage();
    await process(ledger, failed, dead("gave up"));
    await process(ledger, aMessage());
    await schema.query(`alter table ${schema.name}.event detach partition ${schema.name}.${name}`);
    expect(await ledger.get(failed.eventId)).toBeUndefined();

    expect(await ledger.prune(0)).toBe(1);

    expect(await ledger.get(failed.eventId)).toMatchObject({ status: "dead" });
    await assertStats(ledger, { dead: 1 });
    await ledger.close();
  });

  test("a reader of changes misses none that is committed after a later one", async () => {
    await using schema = ownSchema();
    const ledger = await openPostgresLedger(schema.url);
    await ledger.share(1);
    const [slow, quick] = [aMessage(), aMessage()];
    await process(ledger, slow, dead("before"));
    const before = await ledger.latestChange();
    const client = new Client({ connectionString: engineUrls.postgres });
    await client.connect();
    await client.query("begin");
    const { markChanges } = await import("./changes.ts");
    await markChanges(client, `"${schema.name}"`);
    await client.query(`update ${schema.name}.event set change = nextval('${schema.name}.change_seq')`);

    await process(ledger, quick);
    expect(await ledger.changes(before, 10)).toEqual([]);
    expect(await ledger.latestChange()).toBe(before);
    await client.query("commit");
    await client.end();

    const changes = await ledger.changes(before, 10);
    expect(changes.map(({ record }) => record.eventId)).toEqual([slow.eventId, quick.eventId]);
    await ledger.close();
  });
});

const nameOf = (time: number): string =>
  `event_${new Date(time).toISOString().slice(0, 10).replaceAll("-", "")}`;
