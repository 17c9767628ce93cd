import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test, vi } from "vitest";
import { answers } from "../../../../test/support/servers/engines.ts";
import { makeDay } from "../../../../test/support/ledger/ledger-days.ts";
import { ownSchema } from "../../../../test/support/drivers/postgres-harness.ts";
import { DataVersionError } from "../../../errors.ts";
import { aMessage } from "../../../testing/builders.ts";
import { dead, process, repeatOf, replayOf, retry, settled } from "../../../testing/ledger-driver/harness.ts";
import { openPostgresLedger } from "./ledger.ts";
import { dayMs, dayName } from "./days/partitions.ts";

const isThere = await answers("postgres");

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

  test("keep the body of an event that is removed in the moment in which its replay begins", async () => {
    await using schema = ownSchema();
    const ledger = await openPostgresLedger(schema.url);
    await ledger.share(1);
    const message = aMessage();
    await process(ledger, message, dead("gave up"));
    const remover = await schema.connect();
    await remover.query(`begin; delete from ${schema.name}.event`);

    const admitted = ledger.admit([replayOf(message)]);
    const waiting = "select from pg_stat_activity where wait_event = 'transactionid' and query like $1";
    await expect.poll(() => schema.query(waiting, [`%${schema.name}%`])).toHaveLength(1);
    await remover.query("commit");
    await remover.end();

    expect(await admitted).toMatchObject([{ kind: "fresh" }]);
    expect((await ledger.message(message.eventId))?.body).toEqual(Buffer.from(message.body));
    await ledger.close();
  });

  test("get an event with its body although they had it before, as after a failover that lost the newest", async () => {
    await using schema = ownSchema();
    const ledger = await openPostgresLedger(schema.url);
    await ledger.share(1);
    const message = aMessage();
    await process(ledger, message, retry("no answer"));
    await ledger.admit([message]);
    await schema.query(`delete from ${schema.name}.event`);

    expect(await ledger.settle([settled(message, dead("gave up"))])).toEqual([]);

    expect(await ledger.get(message.eventId)).toMatchObject({ status: "dead", attempts: 2 });
    expect((await ledger.message(message.eventId))?.body).toEqual(Buffer.from(message.body));
    await ledger.close();
  });

  test("get how events ended although they had some of them before, as when the answer to the same call was lost", async () => {
    await using schema = ownSchema();
    const ledger = await openPostgresLedger(schema.url);
    await ledger.share(1);
    const [missing, pending, settled] = [aMessage(), aMessage(), aMessage()];
    await ledger.admit([missing, pending, settled]);
    for (const [{ eventId, receivedAt, copy }, status] of [
      [pending, "pending"],
      [settled, "dead"],
    ] as const) {
      await schema.query(
        `insert into ${schema.name}.event (event_id, name, entity, received_at, copy, status, attempts, conflict, counts, attempt_log, body)
           values ($1, '', '', $2, $3, $4, 0, false, false, '[]', '')`,
        [eventId, receivedAt, copy, status],
      );
    }

    const ended = { outcome: { kind: "handled" }, conflict: false, startedAt: 1, endedAt: 2 } as const;
    const lost = await ledger.settle([missing, pending, settled].map((message) => ({ message, ...ended })));

    expect(lost).toEqual([]);
    expect(await ledger.get(missing.eventId)).toMatchObject({ status: "handled", attempts: 1 });
    expect(await ledger.get(pending.eventId)).toMatchObject({ status: "handled", attempts: 1 });
    expect(await ledger.get(settled.eventId)).toMatchObject({ status: "dead", attempts: 0 });
    expect((await ledger.stats()).events).toMatchObject({ pending: 0, handled: 2, dead: 1 });
    await ledger.close();
  });

  test("get the row of an event that came several times at once in one statement, which nothing refuses", async () => {
    await using schema = ownSchema();
    const ledger = await openPostgresLedger(schema.url);
    await ledger.share(1);
    const message = aMessage();
    // A sequence goes on counting even if the transaction is rolled back.
    await schema.query(`create sequence ${schema.name}.statements`);
    await schema.query(
      `create function ${schema.name}.counted() returns trigger language plpgsql as $$
         begin perform nextval('${schema.name}.statements'); return null; end $$`,
    );
    await schema.query(
      `create trigger counted before insert on ${schema.name}.event for each statement execute function ${schema.name}.counted()`,
    );
    // From here on without a pause: soon it has a row by itself.
    await ledger.admit([message]);

    const verdicts = await ledger.admit([repeatOf(message), repeatOf(message)]);

    expect(verdicts).toEqual([{ kind: "duplicate" }, { kind: "duplicate" }]);
    expect(await ledger.get(message.eventId)).toMatchObject({ status: "pending" });
    const counted = await schema.query(`select last_value::int as statements from ${schema.name}.statements`);
    expect(counted).toEqual([{ statements: 1 }]);
    await ledger.close();
  });

  test("of an event that came again after weeks tell its newest row, whatever comes with it and wherever the older one is", async () => {
    await using schema = ownSchema();
    const ledger = await openPostgresLedger(schema.url);
    await ledger.share(1);
    const daysAgo = (days: number): number => Date.now() - days * dayMs;
    // In no day, unlike the newer one.
    const older = aMessage({ occurredAt: null, receivedAt: daysAgo(20) });
    await process(ledger, older, dead("gave up"));
    const newer = { ...repeatOf(older), receivedAt: Date.now() };
    await process(ledger, newer, retry("no answer"));
    const before = aMessage({ occurredAt: null, receivedAt: daysAgo(30) });

    const verdicts = await ledger.admit([newer, before]);

    expect(verdicts.map(({ kind }) => kind)).toEqual(["fresh", "fresh"]);
    await ledger.close();
  });

  test("of the days before an event occurred are not looked through, but for what clocks may differ", async () => {
    await using schema = ownSchema();
    const ledger = await openPostgresLedger(schema.url);
    await ledger.share(1);
    const today = Math.floor(Date.now() / dayMs) * dayMs;
    const days = [3, 2, 1].map((ago) => today - ago * dayMs);
    for (const day of days) {
      await makeDay(schema, day);
      await process(ledger, aMessage({ receivedAt: day, occurredAt: day }));
    }
    const looks = async (): Promise<readonly number[]> => {
      const rows = await schema.query(
        `select (seq_scan + idx_scan)::int as looks from pg_stat_all_tables
           where schemaname = '${schema.name}' and relname = any ('{${days.map(dayName).join(",")}}') order by relname`,
      );
      return rows.map((row) => Number(row["looks"]));
    };
    await ledger.close();
    // The server counts what a connection did at its end, or a second later.
    await sleep(2_000);
    const before = await looks();
    const again = await openPostgresLedger(schema.url);
    await again.share(1);

    await again.admit([aMessage({ occurredAt: today })]);

    await again.close();
    await vi.waitFor(async () => expect((await looks()).at(-1)).toBeGreaterThan(before.at(-1) ?? 0), 10_000);
    expect((await looks())[0]).toBe(before[0]);
  });
});
