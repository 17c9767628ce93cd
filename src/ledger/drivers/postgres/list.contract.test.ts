import { describe, expect, test } from "vitest";
import { answers, engineUrls } from "../../../../test/support/servers/engines.ts";
import { Line } from "../../../../test/support/network/line.ts";
import { ownSchema } from "../../../../test/support/drivers/postgres-harness.ts";
import { rowsOf } from "../../../../test/support/ledger/ledger-days.ts";
import { PostgresServer } from "../../../../test/support/servers/postgres-server.ts";
import type { LedgerDriver } from "../../driver.ts";
import type { EventFilter, EventRecord } from "../../record.ts";
import { openPostgresLedger } from "./ledger.ts";

const isThere = await answers("postgres");

describe.skipIf(!isThere)("a search in large events", () => {
  test("goes on behind one that is larger than what is read at once", async () => {
    await using schema = ownSchema();
    const ledger = await openPostgresLedger(schema.url);
    await schema.query(
      `insert into ${schema.name}.event (event_id, name, entity, received_at, copy, status, attempts, conflict, counts, attempt_log, body)
         select 'e' || n, 'a', 'a', n, 'c', 'handled', 1, false, true, '[]', convert_to(repeat('x', 9000000) || 'needle', 'UTF8')
           from generate_series(1, 2) n`,
    );

    const page = await ledger.list({ text: "needle" }, 10, null);

    expect(page).toMatchObject({ items: [{ eventId: "e2" }, { eventId: "e1" }], next: null });
    await ledger.close();
  });

  test.for([
    { what: "finds nothing", text: "nowhere", count: 300, found: 0 },
    { what: "finds all of them", text: "NEEDLE", count: 50, found: 50 },
  ])("that $what answers in time, over 100 Mbit/s", async ({ text, count, found }) => {
    await using schema = ownSchema();
    await using line = await Line.to(engineUrls.postgres, 12_500);
    const ledger = await openPostgresLedger(line.through(schema.url));
    await schema.query(
      `insert into ${schema.name}.event (event_id, name, entity, received_at, copy, status, attempts, conflict, counts, attempt_log, body)
         select 'e' || n, 'a', 'a', n, 'c', 'handled', 1, false, true, '[]', convert_to(repeat('x', 1000000) || 'needle', 'UTF8')
           from generate_series(1, ${count}) n`,
    );

    const ids: string[] = [];
    let cursor: string | null = null;
    do {
      const { items, next } = await ledger.list({ text }, 500, cursor);
      ids.push(...items.map(({ eventId }) => eventId));
      cursor = next;
    } while (cursor !== null);

    const all = Array.from({ length: found }, (_, index) => `e${found - index}`);
    expect(ids).toEqual(all);
    await ledger.close();
  });
});

const listed =
  (filter: EventFilter) =>
  async (ledger: LedgerDriver): Promise<readonly EventRecord[]> =>
    (await ledger.list(filter, 10, null)).items;

async function lastChanged(ledger: LedgerDriver): Promise<readonly EventRecord[]> {
  const changes = await ledger.changes((await ledger.latestChange()) - 1, 10);
  return changes.map(({ record }) => record);
}

test.skipIf(!isThere).for([
  ["status", listed({ status: "dead" })],
  ["name", listed({ name: "seldom" })],
  ["state", listed({ entity: "seldom" })],
  ["change", lastChanged],
] as const)(
  "what is seldom in a long history is found by its %s without looking through all",
  async ([, find]) => {
    await using server = await PostgresServer.start();
    const ledger = await openPostgresLedger(server.url);
    await server.query(rowsOf("hookwell", "dead", 0, 1));
    await server.query("update hookwell.event set name = 'seldom', entity = 'seldom'");
    await server.query(rowsOf("hookwell", "handled", 1, 30_000));
    await server.query(
      "update hookwell.event set change = nextval('hookwell.change_seq') where status = 'dead'",
    );
    await server.query("analyze hookwell.event_rest");
    await server.query("select pg_stat_reset_single_table_counters('hookwell.event_rest'::regclass)");

    const found = await find(ledger);

    expect(found).toMatchObject([{ eventId: "dead1" }]);
    await ledger.close();
    const read = `select idx_tup_fetch + seq_tup_read between 1 and 99 as "isLittle" from pg_stat_user_tables
    where relname = 'event_rest'`;
    await expect.poll(() => server.query(read)).toEqual([{ isLittle: true }]);
  },
);
