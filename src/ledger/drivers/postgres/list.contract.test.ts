import { describe, expect, test } from "vitest";
import { answers, engineUrls } from "../../../../test/support/servers/engines.ts";
import { Line } from "../../../../test/support/network/line.ts";
import { ownSchema } from "../../../../test/support/drivers/postgres-harness.ts";
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
