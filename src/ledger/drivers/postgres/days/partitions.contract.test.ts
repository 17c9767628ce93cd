import assert from "node:assert/strict";
import { Client } from "pg";
import { describe, expect, test, vi } from "vitest";
import { answers } from "../../../../../test/support/servers/engines.ts";
import { rowsOf } from "../../../../../test/support/ledger/ledger-days.ts";
import { ownSchema } from "../../../../../test/support/drivers/postgres-harness.ts";
import { PostgresServer } from "../../../../../test/support/servers/postgres-server.ts";
import type { Message } from "../../../../event/message.ts";
import { openPostgres } from "../../../../lib/postgres/postgres.ts";
import { aMessage } from "../../../../testing/builders.ts";
import { eventually, timed } from "../../../../testing/eventually.ts";
import { assertStats, dead, process } from "../../../../testing/ledger-driver/harness.ts";
import { recordedLog } from "../../../../testing/recorded-log.ts";
import { openPostgresLedger } from "../ledger.ts";
import { beginChange, dayMs, dayName, makePartitions } from "./partitions.ts";

const isThere = await answers("postgres");
/** That a day may be attached; gone when it is. */
const proofs = "select conname from pg_constraint where conname = 'day_to_come' and conrelid = $1::regclass";

describe.skipIf(!isThere)("the tables", () => {
  test("get a day also when an event of it came before, from a clock that is ahead", async () => {
    await using schema = ownSchema();
    const ledger = await openPostgresLedger(schema.url);
    await ledger.share(1);
    const today = Math.floor(Date.now() / dayMs) * dayMs;
    const early = aMessage({ receivedAt: today + 5 * dayMs + 7 });
    await process(ledger, early, dead("gave up"));
    const db = await openPostgres(schema.url, { part: "ledger", connections: 1 });

    expect(await makePartitions(db, today + 3 * dayMs)).toEqual([]);

    const tables = await schema.query(
      `select tableoid::regclass::text as name, (select count(*)::int from pg_inherits where inhparent = '${schema.name}.event'::regclass) as days
         from ${schema.name}.event`,
    );
    expect(tables).toEqual([{ name: `${schema.name}.${dayName(today + 5 * dayMs)}`, days: 8 }]);
    expect(await ledger.get(early.eventId)).toMatchObject({ status: "dead" });
    await assertStats(ledger, { dead: 1 });
    await db.end();
    await ledger.close();
  });

  test.for([
    { has: "written", before: "update" },
    { has: "only read", before: "select" },
  ])(
    "get a day behind who writes what came of it before and has $has, and neither waits for the other for ever",
    async ({ before }) => {
      await using schema = ownSchema();
      const ledger = await openPostgresLedger(schema.url);
      await ledger.share(1);
      const today = Math.floor(Date.now() / dayMs) * dayMs;
      const [early, other] = [5, -40].map((days) => aMessage({ receivedAt: today + days * dayMs }));
      assert.ok(early !== undefined && other !== undefined);
      for (const message of [early, other]) await process(ledger, message, dead("gave up"));
      const db = await openPostgres(schema.url, { part: "ledger", connections: 1 });
      expect(await makePartitions(db, today + dayMs)).toEqual([]);
      const writer = await schema.connect();
      const [{ pid } = {}] = (await writer.query<{ pid: number }>("select pg_backend_pid() as pid")).rows;
      const write = ({ eventId }: Message): Promise<unknown> =>
        writer.query(`update ${schema.name}.event set error = 'written' where event_id = $1`, [eventId]);
      await writer.query("begin");
      if (before === "update") await write(other);
      else await writer.query(`select from ${schema.name}.event where event_id = $1`, [other.eventId]);

      const making = makePartitions(db, today + 2 * dayMs);
      const waiting = "select from pg_stat_activity where $1 = any(pg_blocking_pids(pid))";
      await eventually(async () => expect(await schema.query(waiting, [pid])).toHaveLength(1));
      await write(early);
      await writer.query("commit");

      expect(await making).toEqual([]);
      expect(await ledger.get(early.eventId)).toMatchObject({ error: "written" });
      await db.end();
      await ledger.close();
    },
  );

  test("get what is left of a day of which so much came before that nobody could wait until it is moved", async () => {
    await using schema = ownSchema();
    const ledger = await openPostgresLedger(schema.url);
    await ledger.share(1);
    const day = Math.floor(Date.now() / dayMs + 5) * dayMs;
    const noon = day + dayMs / 2;
    const rest = `${schema.name}.event_rest`;
    await schema.query(rowsOf(schema.name, "handled", noon - 10_001, 10_001));
    // As slow as a hundred times as many.
    await schema.query(`create function ${schema.name}.wait() returns trigger language plpgsql
      as $$ begin perform pg_sleep(0.001); return old; end $$`);
    await schema.query(
      `create trigger slow before delete on ${rest} for each row execute function ${schema.name}.wait()`,
    );
    const db = await openPostgres(schema.url, { part: "ledger", connections: 1 });

    expect(await makePartitions(db, noon)).toEqual([]);

    await process(ledger, aMessage({ receivedAt: noon + 1 }));
    await process(ledger, aMessage({ receivedAt: day + dayMs - 1 }));
    const places = `select tableoid::regclass::text as place, count(*)::int from ${schema.name}.event group by 1 order by 1`;
    expect(await schema.query(places)).toEqual([
      { place: `${schema.name}.${dayName(day)}`, count: 1 },
      { place: rest, count: 10_002 },
    ]);
    await assertStats(ledger, { handled: 10_003 });
    await db.end();
    await ledger.close();
  });

  const hourMs = 3_600_000;
  const aMinuteBefore = -dayMs / 2 - 60_000;
  test.for([
    { what: "of that day, before now", now: 0, lastAt: -hourMs, beginsAt: 0 },
    { what: "of that day, from a clock that is ahead", now: 0, lastAt: hourMs, beginsAt: hourMs },
    { what: "of that day, long before it begins", now: -dayMs, lastAt: 0, beginsAt: 0 },
    { what: "of days before", now: 0, lastAt: -40 * dayMs, beginsAt: 0 },
    {
      what: "of days before, a minute before it begins",
      now: aMinuteBefore,
      lastAt: -40 * dayMs,
      beginsAt: aMinuteBefore,
    },
    // The first of these came in the first moment of the next day.
    { what: "of days to come", now: 0, lastAt: dayMs / 2 + 10_000, beginsAt: 0 },
  ])(
    "get a late day only behind all that came of it before, if very much is in no day: $what",
    async (where) => {
      await using schema = ownSchema();
      const ledger = await openPostgresLedger(schema.url);
      const day = Math.floor(Date.now() / dayMs + 5) * dayMs;
      const noon = day + dayMs / 2;
      await schema.query(rowsOf(schema.name, "dead", noon + where.lastAt - 10_001, 10_001));
      const db = await openPostgres(schema.url, { part: "ledger", connections: 1 });

      expect(await makePartitions(db, noon + where.now)).toEqual([]);

      const bound = `select substring(pg_get_expr(relpartbound, oid) from $$FROM \\('(\\d+)'\\)$$)::float as begin
      from pg_class where oid = '${schema.name}.${dayName(day)}'::regclass`;
      expect(await schema.query(bound)).toEqual([{ begin: noon + where.beginsAt + 3 * 60_000 }]);
      await db.end();
      await ledger.close();
    },
  );

  // Each page holds only a few of these rows.
  const sparse = "alter table hookwell.event_rest set (fillfactor = 10)";
  test.for([
    { what: "very much that is in no day", count: 10_001, removes: 0 },
    { what: "the place of very much that was in no day", count: 60_000, removes: 59_999 },
  ])("get a day to come without looking through $what while everything waits", async ({ count, removes }) => {
    await using server = await PostgresServer.start();
    const ledger = await openPostgresLedger(server.url);
    await ledger.share(1);
    const today = Math.floor(Date.now() / dayMs) * dayMs;
    await server.query(sparse);
    // From the first moment behind that day on.
    const after = today + 5 * dayMs - 1;
    await server.query(rowsOf("hookwell", "dead", after, count));
    await server.query(`delete from hookwell.event where received_at > ${after + count - removes}`);
    await server.query(`create table looked (transaction bigint, rows bigint);
        create function note() returns event_trigger language plpgsql as $$ begin
          if current_query() ~ 'attach partition|add constraint' then
            insert into looked select txid_current(), seq_tup_read from pg_stat_xact_user_tables where relname = 'event_rest';
          end if;
        end $$;
        create event trigger before on ddl_command_start execute function note();
        create event trigger after on ddl_command_end execute function note()`);
    const db = await openPostgres(server.url, { part: "ledger", connections: 1 });

    expect(await makePartitions(db, today + dayMs)).toEqual([]);

    const looked =
      "select count(*)::int as times, max(rows) - min(rows) as at from looked group by transaction";
    expect(await server.query(looked)).toEqual([
      { times: 2, at: "0" },
      { times: 2, at: "0" },
    ]);
    await process(ledger, aMessage({ receivedAt: today + 5 * dayMs }));
    await assertStats(ledger, { dead: count - removes, handled: 1 });
    await db.end();
    await ledger.close();
  });

  test.for([
    { which: "has begun", after: 1_000 },
    { which: "may begin before the server has looked through it", after: -110_000 },
  ])("get a day that $which without being told to refuse meanwhile what comes of it", async ({ after }) => {
    await using schema = ownSchema();
    const ledger = await openPostgresLedger(schema.url);
    const day = Math.floor(Date.now() / dayMs + 5) * dayMs;
    const db = await openPostgres(schema.url, { part: "ledger", connections: 1 });
    const query = vi.spyOn(Client.prototype, "query");

    expect(await makePartitions(db, day + after)).toEqual([]);

    const said = query.mock.calls.map(([asked]) => JSON.stringify(asked));
    query.mockRestore();
    const attach = new RegExp(`attach partition .*${dayName(day)}`);
    expect(said.filter((text) => attach.test(text))).toHaveLength(1);
    expect(said.filter((text) => text.includes(`check (received_at < ${day} `))).toEqual([]);
    await db.end();
    await ledger.close();
  });

  const inNoDay = [{ count: 0 }, { count: 10_001 }];

  test.for(inNoDay)(
    "get each day once, and none fails, however many processes make them at once: $count in no day",
    async ({ count }) => {
      await using schema = ownSchema();
      const ledger = await openPostgresLedger(schema.url);
      await schema.query(rowsOf(schema.name, "dead", 0, count));
      const later = Date.now() + 10 * dayMs;
      const processes = await Promise.all(
        Array.from({ length: 6 }, () => openPostgres(schema.url, { part: "ledger", connections: 1 })),
      );

      const errors = await Promise.all(processes.map((db) => makePartitions(db, later)));

      expect(errors.flat()).toEqual([]);
      expect(await schema.query(proofs, [`${schema.name}.event_rest`])).toEqual([]);
      await Promise.all(processes.map((db) => db.end()));
      await ledger.close();
    },
  );

  test.for(inNoDay)(
    "of days that another process makes meanwhile leave nothing behind, and no error in the server's log: $count in no day",
    async ({ count }) => {
      await using schema = ownSchema();
      const ledger = await openPostgresLedger(schema.url);
      await schema.query(rowsOf(schema.name, "dead", 0, count));
      const today = Math.floor(Date.now() / dayMs) * dayMs;
      const db = await openPostgres(schema.url, { part: "ledger", connections: 1 });
      expect(await makePartitions(db, today + 6 * dayMs)).toEqual([]);
      const other = await schema.connect();
      await other.query("begin");
      await beginChange(other, db.schema);
      const query = vi.spyOn(Client.prototype, "query");

      const making = makePartitions(db, today + 9 * dayMs);
      const [{ pid } = {}] = (await other.query<{ pid: number }>("select pg_backend_pid() as pid")).rows;
      const waiting = "select from pg_stat_activity where $1 = any(pg_blocking_pids(pid))";
      await eventually(async () => expect(await schema.query(waiting, [pid])).toHaveLength(1));
      for (let ahead = 10; ahead <= 12; ahead += 1) {
        const from = today + ahead * dayMs;
        await other.query(
          `create table ${schema.name}.${dayName(from)} partition of ${schema.name}.event
           for values from (${from}) to (${from + dayMs})`,
        );
      }
      await other.query("commit");

      expect(await making).toEqual([]);
      const answers = query.mock.results.map(({ value }) => value as unknown);
      query.mockRestore();
      const refused = (await Promise.allSettled(answers)).filter(({ status }) => status === "rejected");
      expect(refused).toEqual([]);
      expect(await schema.query(proofs, [`${schema.name}.event_rest`])).toEqual([]);
      await db.end();
      await ledger.close();
    },
  );

  test.for(inNoDay)(
    "take what is in no day also after a process was killed while it made one, or could not make it: $count in no day",
    async ({ count }) => {
      await using schema = ownSchema();
      const ledger = await openPostgresLedger(schema.url);
      await ledger.share(1);
      await schema.query(rowsOf(schema.name, "dead", 0, count));
      const day = Math.floor(Date.now() / dayMs + 7) * dayMs;
      const constraint = `constraint day_to_come check (received_at < ${day} or received_at >= ${day + dayMs})`;
      await schema.query(`alter table ${schema.name}.event_rest add ${constraint} not valid`);
      // Its range is another's.
      await schema.query(
        `create table ${schema.name}.other partition of ${schema.name}.event for values from (${day + 1}) to (${day + 2})`,
      );
      const db = await openPostgres(schema.url, { part: "ledger", connections: 1 });

      expect(await makePartitions(db, day - 3 * dayMs)).toHaveLength(1);

      await process(ledger, aMessage({ receivedAt: day + 7 }));
      await assertStats(ledger, { dead: count, handled: 1 });
      await db.end();
      await ledger.close();
    },
  );

  test(
    "of days to come are not waited for at the start, and are made soon after",
    { timeout: 60_000 },
    async () => {
      await using schema = ownSchema();
      await (await openPostgresLedger(schema.url)).close();
      const today = Math.floor(Date.now() / dayMs) * dayMs;
      for (let ahead = 0; ahead <= 3; ahead += 1) {
        await schema.query(`drop table ${schema.name}.${dayName(today + ahead * dayMs)}`);
      }
      const reader = await schema.connect();
      await reader.query(`begin; lock table ${schema.name}.event_rest in access share mode`);
      const { log, facts, lines } = recordedLog();
      const told = (): readonly string[] => facts().filter((fact) => fact.startsWith("ledger.partition"));

      const { ms, value: ledger } = await timed(() => openPostgresLedger(schema.url, { log }));
      await eventually(() => expect(told()).toHaveLength(1));
      await reader.query("commit");

      expect(ms).toBeLessThan(6_000);
      // Behind a wait for each of them everything else would wait, too.
      const failed = lines.find(({ fact }) => fact === "ledger.partition_failed");
      expect(failed?.fields).toMatchObject({ days: dayName(today) });
      await ledger.share(1);
      await process(ledger, aMessage());
      const places = `select distinct tableoid::regclass::text as place from ${schema.name}.event`;
      const place = `${schema.name}.${dayName(today)}`;
      await expect.poll(() => schema.query(places)).toEqual([{ place }]);
      await eventually(() => expect(told()).toEqual(["ledger.partition_failed", "ledger.partitions_made"]));
      await assertStats(ledger, { handled: 1 });
      await ledger.close();
    },
  );

  test("that are there are not locked when they are looked after", async () => {
    await using schema = ownSchema();
    const ledger = await openPostgresLedger(schema.url);
    const reader = await schema.connect();
    await reader.query(`begin; lock table ${schema.name}.event_rest in access share mode`);
    const db = await openPostgres(schema.url, { part: "ledger", connections: 1 });

    const { ms, value: lacking } = await timed(() => makePartitions(db, Date.now()));

    expect(lacking).toEqual([]);
    expect(ms).toBeLessThan(2_000);
    await db.end();
    await ledger.close();
  });

  test("lack a day of which too little is left behind what came before, and that is no failure", async () => {
    await using schema = ownSchema();
    const ledger = await openPostgresLedger(schema.url);
    const day = Math.floor(Date.now() / dayMs + 5) * dayMs;
    // It would begin three minutes later, which is when it ends.
    const lateEvening = day + dayMs - 3 * 60_000;
    await schema.query(rowsOf(schema.name, "handled", lateEvening - 10_001, 10_001));
    const db = await openPostgres(schema.url, { part: "ledger", connections: 1 });

    expect(await makePartitions(db, lateEvening)).toEqual([]);

    const there = `select to_regclass('${schema.name}.${dayName(day)}') is not null as there`;
    expect(await schema.query(there)).toEqual([{ there: false }]);
    await db.end();
    await ledger.close();
  });

  test("of one day that cannot be made do not keep the others from being made", async () => {
    await using schema = ownSchema();
    const ledger = await openPostgresLedger(schema.url);
    const today = Math.floor(Date.now() / dayMs) * dayMs;
    const later = (days: number): string => dayName(today + days * dayMs);
    await schema.query(
      `create table ${schema.name}.${later(99)} partition of ${schema.name}.event
         for values from (${today + 11 * dayMs}) to (${today + 12 * dayMs})`,
    );
    const db = await openPostgres(schema.url, { part: "ledger", connections: 1 });

    expect(await makePartitions(db, today + 10 * dayMs)).toHaveLength(1);

    const made = await schema.query(
      `select to_regclass('${schema.name}.${later(12)}') is not null as next, to_regclass('${schema.name}.${later(13)}') is not null as last`,
    );
    expect(made).toEqual([{ next: true, last: true }]);
    await db.end();
    await ledger.close();
  });
});
