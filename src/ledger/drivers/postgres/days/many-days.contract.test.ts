import { describe, expect, test } from "vitest";
import { answers } from "../../../../../test/support/servers/engines.ts";
import { makeDay } from "../../../../../test/support/ledger/ledger-days.ts";
import { ownSchema } from "../../../../../test/support/drivers/postgres-harness.ts";
import { PostgresServer } from "../../../../../test/support/servers/postgres-server.ts";
import { aMessage } from "../../../../testing/builders.ts";
import { process } from "../../../../testing/ledger-driver/harness.ts";
import { openPostgresLedger } from "../ledger.ts";
import { dayMs, dayName } from "./partitions.ts";

const isThere = await answers("postgres");

describe.skipIf(!isThere)("the days of a history", () => {
  test("keep no new event waiting when somebody has locked an old one, nor a repeat, nor who waits for changes", async () => {
    await using schema = ownSchema();
    const ledger = await openPostgresLedger(schema.url);
    await ledger.share(1);
    const old = Math.floor(Date.now() / dayMs) * dayMs - 40 * dayMs;
    await makeDay(schema, old);
    const first = aMessage({ occurredAt: Date.now() });
    await process(ledger, first);
    const operator = await schema.connect();
    await operator.query(`begin; lock table ${schema.name}.${dayName(old)} in access exclusive mode`);

    // Often enough for the server to think of a plan for any days.
    for (let count = 0; count < 30; count += 1) await process(ledger, aMessage({ occurredAt: Date.now() }));
    expect(await ledger.admit([{ ...first, copy: "sent again" }])).toEqual([{ kind: "duplicate" }]);
    expect(await ledger.changes(await ledger.latestChange(), 10)).toEqual([]);

    await operator.query("commit");
    expect(await ledger.get(first.eventId)).toMatchObject({ deliveries: 2 });
    await ledger.close();
  });

  test("since an old event occurred are looked through for that one, and not for those that came with it", async () => {
    await using schema = ownSchema();
    const ledger = await openPostgresLedger(schema.url);
    await ledger.share(1);
    const old = Math.floor(Date.now() / dayMs) * dayMs - 40 * dayMs;
    const name = dayName(old);
    await makeDay(schema, old);
    const occurrences = [...Array.from({ length: 50 }, () => Date.now()), old];
    const messages = occurrences.map((occurredAt, at) =>
      aMessage({ occurredAt, entity: `message:${at}`, revision: 1 }),
    );

    expect(await ledger.admit(messages)).toHaveLength(51);

    // The server counts what a connection did when it ends, at the latest.
    await ledger.close();
    const looks = async (): Promise<number> => {
      const [row] = await schema.query(
        "select idx_scan::int as looks from pg_stat_all_tables where schemaname = $1 and relname = $2",
        [schema.name, name],
      );
      return Number(row?.["looks"]);
    };
    await expect.poll(looks).toBeGreaterThan(0);
    expect(await looks()).toBeLessThan(50);
  });

  test("that are more than the server has locks for are told of, with the setting that cures it", async () => {
    await using server = await PostgresServer.start("max_locks_per_transaction=16", "max_connections=21");
    const ledger = await openPostgresLedger(server.url);

    const { warnings } = await ledger.report();
    await server.set("max_locks_per_transaction = 20");
    await server.stop();
    await server.start("max_connections=21");

    expect(warnings).toEqual([
      expect.stringMatching(/has 5 days.*max_locks_per_transaction to 20 or more \(it is 16\)/),
    ]);
    expect((await ledger.report()).warnings).toEqual([]);
    await ledger.close();
  });
});
