import assert from "node:assert/strict";
import { expect, test } from "vitest";
import { answers, engineUrls } from "../../../../test/support/servers/engines.ts";
import { makeDay } from "../../../../test/support/ledger/ledger-days.ts";
import { lossyProxy } from "../../../../test/support/network/lossy-proxy.ts";
import { ownSchema } from "../../../../test/support/drivers/postgres-harness.ts";
import { lockOf } from "../../../../test/support/servers/postgres-lock.ts";
import { aMessage } from "../../../testing/builders.ts";
import { eventually } from "../../../testing/eventually.ts";
import { assertStats, duplicate, process, repeatOf } from "../../../testing/ledger-driver/harness.ts";
import { openPostgresLedger } from "./ledger.ts";
import { dayMs } from "./days/partitions.ts";

const isThere = await answers("postgres");

test.skipIf(!isThere)(
  "a repeat is counted once, also if the answer to that was lost",
  { timeout: 30_000 },
  async () => {
    await using schema = ownSchema();
    await using proxy = await lossyProxy(Number(new URL(engineUrls.postgres).port));
    const way = new URL(schema.url);
    way.port = String(proxy.port);
    const ledger = await openPostgresLedger(way.href);
    await ledger.share(1);
    const message = aMessage();
    await process(ledger, message);
    const { name, query } = schema;
    await using gate = await lockOf(name);
    await query(`create function ${name}.dawdle() returns trigger language plpgsql as $$
      begin perform ${gate.sql}; return null; end $$;
      create constraint trigger dawdle after update on ${name}.event_total deferrable initially deferred
        for each row when (old.duplicates <> new.duplicates) execute function ${name}.dawdle()`);
    const repeat = { ...message, copy: "sent again" };

    const lost = ledger.admit([repeat]);
    lost.catch(() => undefined);
    await expect.poll(() => gate.waiting()).toBe(1);
    proxy.loseAnswers();
    await gate.open();

    await expect(lost).rejects.toThrow(/Unavailable|PostgreSQL/);
    proxy.heal();

    expect(await eventually(() => ledger.admit([repeat]))).toEqual([{ kind: "duplicate" }]);
    expect(await ledger.get(message.eventId)).toMatchObject({ deliveries: 2 });
    await assertStats(ledger, { handled: 1, duplicates: 1 });
    await ledger.close();
  },
);

test.skipIf(!isThere)("a repeat does not wait for who has locked an old day", async () => {
  await using schema = ownSchema();
  const ledger = await openPostgresLedger(schema.url);
  await ledger.share(1);
  const day = await makeDay(schema, (Math.floor(Date.now() / dayMs) - 40) * dayMs);
  const message = aMessage({ occurredAt: Date.now(), receivedAt: Date.now() });
  await process(ledger, message);
  const other = await schema.connect();
  await other.query(`begin; lock table ${day}`);

  const admitting = ledger.admit([{ ...message, copy: "sent again" }]);
  const [verdicts] = await Promise.allSettled([admitting]);
  await other.end();

  expect(verdicts).toEqual({ status: "fulfilled", value: [{ kind: "duplicate" }] });
  expect(await ledger.get(message.eventId)).toMatchObject({ deliveries: 2 });
  await ledger.close();
});

test.skipIf(!isThere)(
  "a repeat of an event that had come again after weeks is counted on its newest row alone, whatever comes with it",
  async () => {
    await using schema = ownSchema();
    const ledger = await openPostgresLedger(schema.url);
    await ledger.share(1);
    const daysAgo = (days: number): number => Date.now() - days * dayMs;
    const [message, before] = [20, 30].map((days) =>
      aMessage({ occurredAt: null, receivedAt: daysAgo(days) }),
    );
    assert.ok(message !== undefined && before !== undefined);
    const newer = { ...repeatOf(message), receivedAt: Date.now() };
    for (const one of [message, before, newer]) await process(ledger, one);

    expect(await ledger.admit([repeatOf(newer), repeatOf(before)])).toEqual([duplicate, duplicate]);

    const rows = `select deliveries from ${schema.name}.event where event_id = $1 order by received_at`;
    expect(await schema.query(rows, [message.eventId])).toEqual([{ deliveries: 1 }, { deliveries: 2 }]);
    await assertStats(ledger, { handled: 3, duplicates: 2 });
    await ledger.close();
  },
);
