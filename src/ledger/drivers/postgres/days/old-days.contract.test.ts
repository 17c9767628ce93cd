import { describe, expect, test, vi } from "vitest";
import { answers } from "../../../../../test/support/servers/engines.ts";
import { makeDay, rowsOf, setAsideDay } from "../../../../../test/support/ledger/ledger-days.ts";
import { ownSchema } from "../../../../../test/support/drivers/postgres-harness.ts";
import { PostgresServer } from "../../../../../test/support/servers/postgres-server.ts";
import { aMessage } from "../../../../testing/builders.ts";
import { assertStats, dead, process } from "../../../../testing/ledger-driver/harness.ts";
import type { LedgerDriver } from "../../../driver.ts";
import { openPostgresLedger } from "../ledger.ts";
import { dayMs } from "./partitions.ts";

const isThere = await answers("postgres");

describe.skipIf(!isThere)("the tables", () => {
  test("have partitions for today and the next days; older days go as a whole, but for what is kept", async () => {
    await using schema = ownSchema();
    const ledger = await openPostgresLedger(schema.url);
    await ledger.share(1);
    const today = Math.floor(Date.now() / dayMs) * dayMs;
    const old = today - 40 * dayMs;
    await makeDay(schema, old);
    const failed = aMessage({ receivedAt: old + 5 });
    await process(ledger, failed, dead("gave up"));
    for (let count = 0; count < 3; count += 1) await process(ledger, aMessage({ receivedAt: old }));
    await process(ledger, aMessage());

    expect(await ledger.prune(today - 30 * dayMs)).toBe(3);

    const days = [0, 1, 2, 3].map((ahead) => nameOf(today + ahead * dayMs));
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
    const failed = aMessage();
    await process(ledger, failed, dead("gave up"));
    await process(ledger, aMessage());
    await setAsideDay(schema, `${schema.name}.${nameOf(Date.now())}`);
    expect(await ledger.get(failed.eventId)).toBeUndefined();

    expect(await ledger.prune(0)).toBe(1);

    expect(await ledger.get(failed.eventId)).toMatchObject({ status: "dead" });
    await assertStats(ledger, { dead: 1 });
    await ledger.close();
  });

  test("a day that was left half removed gives back nothing that came again since", async () => {
    await using schema = ownSchema();
    const ledger = await openPostgresLedger(schema.url);
    await ledger.share(1);
    const failed = aMessage();
    await process(ledger, failed, dead("gave up"));
    await setAsideDay(schema, `${schema.name}.${nameOf(Date.now())}`);
    await process(ledger, failed, dead("gave up again"));

    expect(await ledger.prune(0)).toBe(0);

    expect(await ledger.get(failed.eventId)).toMatchObject({ error: "gave up again" });
    await assertStats(ledger, { dead: 1 });
    await ledger.close();
  });

  test("of a day that is removed never lack what is kept, and are looked after by one process at a time", async () => {
    await using schema = ownSchema();
    const ledgers = await Promise.all([openPostgresLedger(schema.url), openPostgresLedger(schema.url)]);
    const [ledger] = ledgers;
    await ledger.share(1);
    const old = Math.floor(Date.now() / dayMs) * dayMs - 40 * dayMs;
    for (const from of [old, old + dayMs]) await makeDay(schema, from);
    const failed = aMessage({ receivedAt: old + 5 });
    await process(ledger, failed, dead("gave up"));
    await schema.query(rowsOf(schema.name, "handled", old - 1, 30_001));

    const missing: number[] = [];
    const over = new AbortController();
    const looking = (async () => {
      while (!over.signal.aborted)
        if ((await ledger.get(failed.eventId)) === undefined) missing.push(performance.now());
    })();
    const forgotten = await Promise.all(ledgers.map((one) => one.prune(old + 3 * dayMs)));
    over.abort();
    await looking;

    expect(forgotten.reduce((sum, count) => sum + count, 0)).toBe(30_001);
    expect(missing).toEqual([]);
    await assertStats(ledger, { dead: 1 });
    await Promise.all(ledgers.map((one) => one.close()));
  });

  test("of a day of which very much is kept stay, and lose what is not kept row by row", async () => {
    await using schema = ownSchema();
    const ledger = await openPostgresLedger(schema.url);
    await ledger.share(1);
    const old = Math.floor(Date.now() / dayMs) * dayMs - 40 * dayMs;
    const day = await makeDay(schema, old);
    await schema.query(rowsOf(schema.name, "handled", old - 1, 3));
    await schema.query(rowsOf(schema.name, "dead", old + 2, 10_001));

    expect(await ledger.prune(old + 3 * dayMs)).toBe(3);

    expect(await schema.query(`select count(*)::int as left from ${day}`)).toEqual([{ left: 10_001 }]);
    await assertStats(ledger, { dead: 10_001 });
    await ledger.close();
  });

  test("are not looked through where nothing is to be forgotten yet", async () => {
    await using server = await PostgresServer.start();
    const from = Math.floor(Date.now() / dayMs - 40) * dayMs;
    const day = `hookwell.${nameOf(from)}`;
    /** What is done with a ledger; when its connections have ended, the server knows all that was read for it. */
    const during = async (work: (ledger: LedgerDriver) => Promise<unknown>): Promise<void> => {
      const ledger = await openPostgresLedger(server.url);
      await ledger.share(1);
      await work(ledger);
      await ledger.close();
      const open = "select from pg_stat_activity where application_name = 'hookwell'";
      await expect.poll(() => server.query(open)).toEqual([]);
    };
    await during(async (ledger) => {
      await makeDay({ name: "hookwell", query: (sql) => server.query(sql) }, from);
      for (let count = 0; count < 3; count += 1)
        await process(ledger, aMessage({ receivedAt: from + count }));
    });
    await server.query(`select pg_stat_reset_single_table_counters('${day}'::regclass)`);

    await during(async (ledger) => expect(await ledger.prune(from + dayMs / 2)).toBe(0));

    const read = `select seq_tup_read + idx_tup_fetch as rows from pg_stat_user_tables where relid = '${day}'::regclass`;
    expect(await server.query(read)).toEqual([{ rows: "0" }]);
  });

  test("keep what is not old by the clock of the server, whatever that of the worker says", async () => {
    await using schema = ownSchema();
    const ledger = await openPostgresLedger(schema.url);
    await ledger.share(1);
    await process(ledger, aMessage());
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 365 * dayMs });

    const forgotten = await ledger.prune(Date.now() - 30 * dayMs).finally(() => vi.useRealTimers());

    expect(forgotten).toBe(0);
    await assertStats(ledger, { handled: 1 });
    await ledger.close();
  });
});

/** Written down once more, since servers have days of this name. */
const nameOf = (time: number): string =>
  `event_${new Date(time).toISOString().slice(0, 10).replaceAll("-", "")}`;
