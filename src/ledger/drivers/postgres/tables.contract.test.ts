import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { describe, expect, test, vi } from "vitest";
import { engineUrls, answers } from "../../../../test/support/engines.ts";
import { ownSchema } from "../../../../test/support/postgres-harness.ts";
import { PostgresServer } from "../../../../test/support/postgres-server.ts";
import { DataVersionError } from "../../../errors.ts";
import type { Message } from "../../../event/message.ts";
import { aMessage } from "../../../testing/builders.ts";
import { eventually, timed } from "../../../testing/eventually.ts";
import { assertStats, dead, process, replayOf, retry } from "../../../testing/ledger-driver/harness.ts";
import { recordedLog } from "../../../testing/recorded-log.ts";
import { migrate } from "../../../lib/postgres/migrate.ts";
import { openPostgres } from "../../../lib/postgres/postgres.ts";
import type { LedgerDriver } from "../../driver.ts";
import { openPostgresLedger } from "./ledger.ts";
import { setAsideMark } from "./old-days.ts";
import { beginChange, makePartitions } from "./partitions.ts";
import { ledgerSteps } from "./schema.ts";

const isThere = await answers("postgres");
const dayMs = 86_400_000;
/** That a day may be attached; gone when it is. */
const proofs = "select conname from pg_constraint where conname = 'day_to_come' and conrelid = $1::regclass";

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

  test("of the first version are brought up to date by several processes at once, with what is in them", async () => {
    await using schema = ownSchema();
    const { name, url, query } = schema;
    const first = await openPostgres(url, { setting: "HOOKWELL_LEDGER (--ledger)", connections: 1 });
    await migrate(first, "ledger", ledgerSteps.slice(0, 1));
    await first.end();
    const message = aMessage({ eventId: "e1", entity: "message:1", revision: 3 });
    const { entity, state, receivedAt } = message;
    await query(
      `insert into ${name}.event (event_id, name, entity, state, revision, received_at, copy, status, attempts,
         conflict, counts, settled_at, attempt_log, body)
       values ('e1', 'message.read', $1, $2, 3, $3, 'c1', 'handled', 1, false, true, 6, '[[5, 6, null]]', '{}')`,
      [entity, state, receivedAt],
    );

    const ledgers = await Promise.all(Array.from({ length: 4 }, () => openPostgresLedger(url)));

    const [ledger] = ledgers;
    assert.ok(ledger !== undefined);
    await ledger.share(1);
    // As a worker of that version does, which goes on beside them.
    await query(`insert into ${name}.worker (id, lock, until) values (gen_random_uuid(), 1, now())`);
    const older = aMessage({ entity: "message:1", revision: 2 });
    expect(await ledger.admit([{ ...message, copy: "c2" }, older])).toEqual([
      { kind: "duplicate" },
      { kind: "obsolete", newest: 3 },
    ]);
    await Promise.all(ledgers.map((each) => each.close()));
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
    const name = nameOf(Math.floor(Date.now() / dayMs) * dayMs);
    const failed = aMessage();
    await process(ledger, failed, dead("gave up"));
    await process(ledger, aMessage());
    await schema.query(`alter table ${schema.name}.event detach partition ${schema.name}.${name}`);
    await schema.query(`comment on table ${schema.name}.${name} is '${setAsideMark}'`);
    expect(await ledger.get(failed.eventId)).toBeUndefined();

    expect(await ledger.prune(0)).toBe(1);

    expect(await ledger.get(failed.eventId)).toMatchObject({ status: "dead" });
    await assertStats(ledger, { dead: 1 });
    await ledger.close();
  });

  test("of a day that is removed never lack what is kept, and are looked after by one process at a time", async () => {
    await using schema = ownSchema();
    const ledgers = await Promise.all([openPostgresLedger(schema.url), openPostgresLedger(schema.url)]);
    const [ledger] = ledgers;
    await ledger.share(1);
    const old = Math.floor(Date.now() / dayMs) * dayMs - 40 * dayMs;
    for (const from of [old, old + dayMs]) {
      await schema.query(
        `create table ${schema.name}.${nameOf(from)} partition of ${schema.name}.event for values from (${from}) to (${from + dayMs})`,
      );
    }
    const failed = aMessage({ receivedAt: old + 5 });
    await process(ledger, failed, dead("gave up"));
    await schema.query(
      `insert into ${schema.name}.event (event_id, name, entity, received_at, copy, status, attempts, conflict, counts, attempt_log, body)
         select 'e' || n, 'a', 'a', $1::bigint + n, 'c', 'handled', 1, false, true, '[]', '' from generate_series(0, 30000) n`,
      [old],
    );

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
    const day = `${schema.name}.${nameOf(old)}`;
    await schema.query(
      `create table ${day} partition of ${schema.name}.event for values from (${old}) to (${old + dayMs})`,
    );
    await schema.query(
      `insert into ${schema.name}.event (event_id, name, entity, received_at, copy, status, attempts, conflict, counts, attempt_log, body)
         select 'e' || n, 'a', 'a', $1::bigint + n, 'c', case when n > 2 then 'dead' else 'handled' end, 1, false, true, '[]', ''
           from generate_series(0, 10003) n`,
      [old],
    );

    expect(await ledger.prune(old + 3 * dayMs)).toBe(3);

    expect(await schema.query(`select count(*)::int as left from ${day}`)).toEqual([{ left: 10_001 }]);
    await assertStats(ledger, { dead: 10_001 });
    await ledger.close();
  });

  test("get a day also when an event of it came before, from a clock that is ahead", async () => {
    await using schema = ownSchema();
    const ledger = await openPostgresLedger(schema.url);
    await ledger.share(1);
    const today = Math.floor(Date.now() / dayMs) * dayMs;
    const early = aMessage({ receivedAt: today + 5 * dayMs + 7 });
    await process(ledger, early, dead("gave up"));
    const db = await openPostgres(schema.url, { setting: "a test", connections: 1 });

    expect(await makePartitions(db, today + 3 * dayMs)).toEqual([]);

    const tables = await schema.query(
      `select tableoid::regclass::text as name, (select count(*)::int from pg_inherits where inhparent = '${schema.name}.event'::regclass) as days
         from ${schema.name}.event`,
    );
    expect(tables).toEqual([{ name: `${schema.name}.${nameOf(today + 5 * dayMs)}`, days: 8 }]);
    expect(await ledger.get(early.eventId)).toMatchObject({ status: "dead" });
    await assertStats(ledger, { dead: 1 });
    await db.end();
    await ledger.close();
  });

  test("get a day behind who writes what came of it before, and neither waits for the other for ever", async () => {
    await using schema = ownSchema();
    const ledger = await openPostgresLedger(schema.url);
    await ledger.share(1);
    const today = Math.floor(Date.now() / dayMs) * dayMs;
    const [early, other] = [5, -40].map((days) => aMessage({ receivedAt: today + days * dayMs }));
    assert.ok(early !== undefined && other !== undefined);
    for (const message of [early, other]) await process(ledger, message, dead("gave up"));
    const db = await openPostgres(schema.url, { setting: "a test", connections: 1 });
    expect(await makePartitions(db, today + dayMs)).toEqual([]);
    await using held = new AsyncDisposableStack();
    const writer = new Client({ connectionString: engineUrls.postgres });
    await writer.connect();
    held.defer(() => writer.end());
    const [{ pid } = {}] = (await writer.query<{ pid: number }>("select pg_backend_pid() as pid")).rows;
    const write = ({ eventId }: Message): Promise<unknown> =>
      writer.query(`update ${schema.name}.event set error = 'written' where event_id = $1`, [eventId]);
    await writer.query("begin");
    await write(other);

    const making = makePartitions(db, today + 2 * dayMs);
    const waiting = "select from pg_stat_activity where $1 = any(pg_blocking_pids(pid))";
    await eventually(async () => expect(await schema.query(waiting, [pid])).toHaveLength(1));
    await write(early);
    await writer.query("commit");

    expect(await making).toEqual([]);
    expect(await ledger.get(early.eventId)).toMatchObject({ error: "written" });
    await db.end();
    await ledger.close();
  });

  test("get what is left of a day of which so much came before that nobody could wait until it is moved", async () => {
    await using schema = ownSchema();
    const ledger = await openPostgresLedger(schema.url);
    await ledger.share(1);
    const day = Math.floor(Date.now() / dayMs + 5) * dayMs;
    const noon = day + dayMs / 2;
    const rest = `${schema.name}.event_rest`;
    await schema.query(
      `insert into ${schema.name}.event (event_id, name, entity, received_at, copy, status, attempts, conflict, counts, attempt_log, body)
         select 'e' || n, 'a', 'a', $1::bigint - n, 'c', 'handled', 1, false, true, '[]', '' from generate_series(0, 10000) n`,
      [noon],
    );
    // As slow as a hundred times as many.
    await schema.query(`create function ${schema.name}.wait() returns trigger language plpgsql
      as $$ begin perform pg_sleep(0.001); return old; end $$`);
    await schema.query(
      `create trigger slow before delete on ${rest} for each row execute function ${schema.name}.wait()`,
    );
    const db = await openPostgres(schema.url, { setting: "a test", connections: 1 });

    expect(await makePartitions(db, noon)).toEqual([]);

    await process(ledger, aMessage({ receivedAt: noon + 1 }));
    await process(ledger, aMessage({ receivedAt: day + dayMs - 1 }));
    const places = `select tableoid::regclass::text as place, count(*)::int from ${schema.name}.event group by 1 order by 1`;
    expect(await schema.query(places)).toEqual([
      { place: `${schema.name}.${nameOf(day)}`, count: 1 },
      { place: rest, count: 10_002 },
    ]);
    await assertStats(ledger, { handled: 10_003 });
    await db.end();
    await ledger.close();
  });

  const hourMs = 3_600_000;
  test.for([
    { what: "of that day, before now", lastAt: -hourMs, beginsAt: 0 },
    { what: "of that day, from a clock that is ahead", lastAt: hourMs, beginsAt: hourMs },
    { what: "of days before", lastAt: -40 * dayMs, beginsAt: 0 },
    // The first of these came in the first moment of the next day.
    { what: "of days to come", lastAt: dayMs / 2 + 10_000, beginsAt: 0 },
  ])(
    "get a late day only behind all that came of it before, if very much is in no day: $what",
    async (where) => {
      await using schema = ownSchema();
      const ledger = await openPostgresLedger(schema.url);
      const day = Math.floor(Date.now() / dayMs + 5) * dayMs;
      const noon = day + dayMs / 2;
      await schema.query(
        `insert into ${schema.name}.event (event_id, name, entity, received_at, copy, status, attempts, conflict, counts, attempt_log, body)
         select 'e' || n, 'a', 'a', $1::bigint - n, 'c', 'dead', 1, false, true, '[]', '' from generate_series(0, 10000) n`,
        [noon + where.lastAt],
      );
      const db = await openPostgres(schema.url, { setting: "a test", connections: 1 });

      expect(await makePartitions(db, noon)).toEqual([]);

      const bound = `select substring(pg_get_expr(relpartbound, oid) from $$FROM \\('(\\d+)'\\)$$)::float as begin
      from pg_class where oid = '${schema.name}.${nameOf(day)}'::regclass`;
      expect(await schema.query(bound)).toEqual([{ begin: noon + where.beginsAt + 3 * 60_000 }]);
      await db.end();
      await ledger.close();
    },
  );

  test("get a day to come without looking through what is in no day while everything waits", async () => {
    await using server = await PostgresServer.start();
    const ledger = await openPostgresLedger(server.url);
    await ledger.share(1);
    const today = Math.floor(Date.now() / dayMs) * dayMs;
    // The first moment behind that day.
    await process(ledger, aMessage({ receivedAt: today + 5 * dayMs }), dead("gave up"));
    await server.query(`create table looked (transaction bigint, rows bigint);
      create function note() returns event_trigger language plpgsql as $$ begin
        if current_query() ~ 'attach partition|add constraint' then
          insert into looked select txid_current(), seq_tup_read from pg_stat_xact_user_tables where relname = 'event_rest';
        end if;
      end $$;
      create event trigger before on ddl_command_start execute function note();
      create event trigger after on ddl_command_end execute function note()`);
    const db = await openPostgres(server.url, { setting: "a test", connections: 1 });

    expect(await makePartitions(db, today + dayMs)).toEqual([]);

    const looked =
      "select count(*)::int as times, max(rows) - min(rows) as at from looked group by transaction";
    expect(await server.query(looked)).toEqual([
      { times: 2, at: "0" },
      { times: 2, at: "0" },
    ]);
    await process(ledger, aMessage({ receivedAt: today + 5 * dayMs }));
    await assertStats(ledger, { dead: 1, handled: 1 });
    await db.end();
    await ledger.close();
  });

  test("get a day that has begun without being told to refuse meanwhile what comes of it", async () => {
    await using schema = ownSchema();
    const ledger = await openPostgresLedger(schema.url);
    await schema.query(`drop table ${schema.name}.${nameOf(Date.now())}`);
    const db = await openPostgres(schema.url, { setting: "a test", connections: 1 });
    const query = vi.spyOn(Client.prototype, "query");

    expect(await makePartitions(db, Date.now())).toEqual([]);

    const said = query.mock.calls.map(([text]) => text);
    query.mockRestore();
    expect(said.filter((text) => text.includes("attach partition"))).toHaveLength(1);
    expect(said.filter((text) => text.includes("add constraint"))).toEqual([]);
    await db.end();
    await ledger.close();
  });

  test("get each day once, and none fails, however many processes make them at the same time", async () => {
    await using schema = ownSchema();
    const ledger = await openPostgresLedger(schema.url);
    const later = Date.now() + 10 * dayMs;
    const processes = await Promise.all(
      Array.from({ length: 6 }, () => openPostgres(schema.url, { setting: "a test", connections: 1 })),
    );

    const errors = await Promise.all(processes.map((db) => makePartitions(db, later)));

    expect(errors.flat()).toEqual([]);
    expect(await schema.query(proofs, [`${schema.name}.event_rest`])).toEqual([]);
    await Promise.all(processes.map((db) => db.end()));
    await ledger.close();
  });

  test("of days that another process makes meanwhile leave nothing behind, and no error in the server's log", async () => {
    await using schema = ownSchema();
    const ledger = await openPostgresLedger(schema.url);
    const today = Math.floor(Date.now() / dayMs) * dayMs;
    const db = await openPostgres(schema.url, { setting: "a test", connections: 1 });
    expect(await makePartitions(db, today + 6 * dayMs)).toEqual([]);
    const other = new Client({ connectionString: engineUrls.postgres });
    await other.connect();
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
        `create table ${schema.name}.${nameOf(from)} partition of ${schema.name}.event
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
    await Promise.all([db.end(), other.end()]);
    await ledger.close();
  });

  test("take what is in no day also after a process was killed while it made one, or could not make it", async () => {
    await using schema = ownSchema();
    const ledger = await openPostgresLedger(schema.url);
    await ledger.share(1);
    const day = Math.floor(Date.now() / dayMs + 7) * dayMs;
    const constraint = `constraint day_to_come check (received_at < ${day} or received_at >= ${day + dayMs})`;
    await schema.query(`alter table ${schema.name}.event_rest add ${constraint} not valid`);
    // Its range is another's.
    await schema.query(
      `create table ${schema.name}.other partition of ${schema.name}.event for values from (${day + 1}) to (${day + 2})`,
    );
    const db = await openPostgres(schema.url, { setting: "a test", connections: 1 });

    expect(await makePartitions(db, day - 3 * dayMs)).toHaveLength(1);

    await process(ledger, aMessage({ receivedAt: day + 7 }));
    await assertStats(ledger, { handled: 1 });
    await db.end();
    await ledger.close();
  });

  test(
    "of days to come are not waited for at the start, and are made soon after",
    { timeout: 60_000 },
    async () => {
      await using schema = ownSchema();
      await (await openPostgresLedger(schema.url)).close();
      const today = Math.floor(Date.now() / dayMs) * dayMs;
      for (let ahead = 0; ahead <= 3; ahead += 1) {
        await schema.query(`drop table ${schema.name}.${nameOf(today + ahead * dayMs)}`);
      }
      await using held = new AsyncDisposableStack();
      const reader = new Client({ connectionString: engineUrls.postgres });
      await reader.connect();
      held.defer(() => reader.end());
      await reader.query(`begin; lock table ${schema.name}.event_rest in access share mode`);
      const { log, facts, lines } = recordedLog();
      const told = (): readonly string[] => facts().filter((fact) => fact.startsWith("ledger.partition"));

      const { ms, value: ledger } = await timed(() => openPostgresLedger(schema.url, { log }));
      await eventually(() => expect(told()).toHaveLength(1));
      await reader.query("commit");

      expect(ms).toBeLessThan(6_000);
      // Behind a wait for each of them everything else would wait, too.
      const failed = lines.find(({ fact }) => fact === "ledger.partition_failed");
      expect(failed?.fields).toMatchObject({ days: nameOf(today) });
      await ledger.share(1);
      await process(ledger, aMessage());
      const places = `select distinct tableoid::regclass::text as place from ${schema.name}.event`;
      const place = `${schema.name}.${nameOf(today)}`;
      await expect.poll(() => schema.query(places)).toEqual([{ place }]);
      await eventually(() => expect(told()).toEqual(["ledger.partition_failed", "ledger.partitions_made"]));
      await assertStats(ledger, { handled: 1 });
      await ledger.close();
    },
  );

  test("that are there are not locked when they are looked after", async () => {
    await using schema = ownSchema();
    const ledger = await openPostgresLedger(schema.url);
    await using held = new AsyncDisposableStack();
    const reader = new Client({ connectionString: engineUrls.postgres });
    await reader.connect();
    held.defer(() => reader.end());
    await reader.query(`begin; lock table ${schema.name}.event_rest in access share mode`);
    const db = await openPostgres(schema.url, { setting: "a test", connections: 1 });

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
    await schema.query(
      `insert into ${schema.name}.event (event_id, name, entity, received_at, copy, status, attempts, conflict, counts, attempt_log, body)
         select 'e' || n, 'a', 'a', $1::bigint - n, 'c', 'handled', 1, false, true, '[]', '' from generate_series(0, 10000) n`,
      [lateEvening],
    );
    const db = await openPostgres(schema.url, { setting: "a test", connections: 1 });

    expect(await makePartitions(db, lateEvening)).toEqual([]);

    const there = `select to_regclass('${schema.name}.${nameOf(day)}') is not null as there`;
    expect(await schema.query(there)).toEqual([{ there: false }]);
    await db.end();
    await ledger.close();
  });

  test("of one day that cannot be made do not keep the others from being made", async () => {
    await using schema = ownSchema();
    const ledger = await openPostgresLedger(schema.url);
    const today = Math.floor(Date.now() / dayMs) * dayMs;
    const later = (days: number): string => nameOf(today + days * dayMs);
    await schema.query(
      `create table ${schema.name}.${later(99)} partition of ${schema.name}.event
         for values from (${today + 11 * dayMs}) to (${today + 12 * dayMs})`,
    );
    const db = await openPostgres(schema.url, { setting: "a test", connections: 1 });

    expect(await makePartitions(db, today + 10 * dayMs)).toHaveLength(1);

    const made = await schema.query(
      `select to_regclass('${schema.name}.${later(12)}') is not null as next, to_regclass('${schema.name}.${later(13)}') is not null as last`,
    );
    expect(made).toEqual([{ next: true, last: true }]);
    await db.end();
    await ledger.close();
  });

  test("keep the body of an event that is removed in the moment in which its replay begins", async () => {
    await using schema = ownSchema();
    const ledger = await openPostgresLedger(schema.url);
    await ledger.share(1);
    const message = aMessage();
    await process(ledger, message, dead("gave up"));
    const remover = new Client({ connectionString: engineUrls.postgres });
    await remover.connect();
    await remover.query(`begin; delete from ${schema.name}.event`);

    const admitted = ledger.admit([replayOf(message)]);
    const waiting = "select from pg_stat_activity where wait_event = 'transactionid' and query like $1";
    await expect.poll(() => schema.query(waiting, [`%${schema.name}%`])).toHaveLength(1);
    await remover.query("commit");
    await remover.end();

    expect(await admitted).toMatchObject([{ kind: "fresh" }]);
    expect(await ledger.body(message.eventId)).toEqual(Buffer.from(message.body));
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

    const settlement = { message, outcome: dead("gave up"), conflict: false, startedAt: 1, endedAt: 2 };
    expect(await ledger.settle([settlement])).toEqual([]);

    expect(await ledger.get(message.eventId)).toMatchObject({ status: "dead", attempts: 2 });
    expect(await ledger.body(message.eventId)).toEqual(Buffer.from(message.body));
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
      await server.query(
        `create table ${day} partition of hookwell.event for values from (${from}) to (${from + dayMs})`,
      );
      for (let count = 0; count < 3; count += 1)
        await process(ledger, aMessage({ receivedAt: from + count }));
    });
    await server.query(`select pg_stat_reset_single_table_counters('${day}'::regclass)`);

    await during(async (ledger) => expect(await ledger.prune(from + dayMs / 2)).toBe(0));

    const read = `select seq_tup_read + idx_tup_fetch as rows from pg_stat_user_tables where relid = '${day}'::regclass`;
    expect(await server.query(read)).toEqual([{ rows: "0" }]);
  });

  test("of the days before an event occurred are not looked through, but for what clocks may differ", async () => {
    await using schema = ownSchema();
    const ledger = await openPostgresLedger(schema.url);
    await ledger.share(1);
    const today = Math.floor(Date.now() / dayMs) * dayMs;
    const days = [3, 2, 1].map((ago) => today - ago * dayMs);
    for (const day of days) {
      await schema.query(
        `create table ${schema.name}.${nameOf(day)} partition of ${schema.name}.event for values from (${day}) to (${day + dayMs})`,
      );
      await process(ledger, aMessage({ receivedAt: day, occurredAt: day }));
    }
    const looks = async (): Promise<readonly number[]> => {
      const rows = await schema.query(
        `select (seq_scan + idx_scan)::int as looks from pg_stat_all_tables
           where schemaname = '${schema.name}' and relname = any ('{${days.map(nameOf).join(",")}}') order by relname`,
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

const nameOf = (time: number): string =>
  `event_${new Date(time).toISOString().slice(0, 10).replaceAll("-", "")}`;
