import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { answers } from "../../../../../test/support/servers/engines.ts";
import { makeDay, rowsOf, setAsideDay } from "../../../../../test/support/ledger/ledger-days.ts";
import { ownSchema } from "../../../../../test/support/drivers/postgres-harness.ts";
import { PostgresServer } from "../../../../../test/support/servers/postgres-server.ts";
import { openPostgres } from "../../../../lib/postgres/postgres.ts";
import { promptly, timed } from "../../../../testing/eventually.ts";
import { assertStats } from "../../../../testing/ledger-driver/harness.ts";
import { statuses } from "../../../record.ts";
import { forget } from "./forget.ts";
import { openPostgresLedger } from "../ledger.ts";
import { setAsideMark } from "./old-days.ts";
import { dayMs, dayName } from "./partitions.ts";

const isThere = await answers("postgres");

describe.skipIf(!isThere)("what is to be forgotten", () => {
  test("behind very much that is kept is found without going through that each time", async () => {
    await using server = await PostgresServer.start();
    const ledger = await openPostgresLedger(server.url);
    await ledger.share(1);
    const old = Math.floor(Date.now() / dayMs - 400) * dayMs;
    await server.query(rowsOf("hookwell", "dead", old, 30_000));
    await server.query(rowsOf("hookwell", "handled", old + 30_000, 12_000));
    await server.query("analyze hookwell.event_rest");
    await server.query("select pg_stat_reset_single_table_counters('hookwell.event_rest'::regclass)");

    expect(await ledger.prune(old + dayMs)).toBe(12_000);

    await assertStats(ledger, { dead: 30_000 });
    await ledger.close();
    const open = "select from pg_stat_activity where application_name = 'hookwell'";
    await expect.poll(() => server.query(open)).toEqual([]);
    // Each once, and what goes once more.
    const read =
      "select idx_tup_fetch + seq_tup_read < 60000 as once from pg_stat_user_tables where relname = 'event_rest'";
    expect(await server.query(read)).toEqual([{ once: true }]);
  });

  test("leaves a day where it is of which more is kept than can be moved while others wait", async () => {
    await using schema = ownSchema();
    const ledger = await openPostgresLedger(schema.url);
    await ledger.share(1);
    const old = Math.floor(Date.now() / dayMs - 40) * dayMs;
    const day = await makeDay(schema, old);
    await schema.query(rowsOf(schema.name, "dead", old, 35, 1_000_000));
    await schema.query(rowsOf(schema.name, "handled", old, 1));

    expect(await ledger.prune(old + 3 * dayMs)).toBe(1);

    expect(await schema.query(`select count(*)::int as left from ${day}`)).toEqual([{ left: 35 }]);
    await assertStats(ledger, { dead: 35 });
    await ledger.close();
  });

  test("goes from a partition that somebody made with its columns in another order, and what is kept stays as it is", async () => {
    await using schema = ownSchema();
    const ledger = await openPostgresLedger(schema.url);
    await ledger.share(1);
    const old = Math.floor(Date.now() / dayMs - 40) * dayMs;
    const day = `${schema.name}.${dayName(old)}`;
    await schema.query(`create table ${day} (like ${schema.name}.event including defaults)`);
    // So the name comes before the id.
    for (const [from, to] of [
      ["event_id", "was_id"],
      ["name", "event_id"],
      ["was_id", "name"],
    ])
      await schema.query(`alter table ${day} rename ${from} to ${to}`);
    await schema.query(
      `alter table ${schema.name}.event attach partition ${day} for values from (${old}) to (${old + dayMs})`,
    );
    await schema.query(rowsOf(schema.name, "dead", old, 3));
    await schema.query(rowsOf(schema.name, "handled", old, 2));
    const dead = `select * from ${schema.name}.event where status = 'dead' order by seq`;
    const before = await schema.query(dead);

    expect(await ledger.prune(old + 3 * dayMs)).toBe(2);

    expect(await schema.query(dead)).toEqual(before);
    await assertStats(ledger, { dead: 3 });
    await ledger.close();
  });

  test("goes by what a partition holds, not by its name: one that somebody made of a month stays until it is over", async () => {
    await using schema = ownSchema();
    const ledger = await openPostgresLedger(schema.url);
    await ledger.share(1);
    const old = Math.floor(Date.now() / dayMs - 40) * dayMs;
    await makeDay(schema, old, old + 30 * dayMs);
    await schema.query(rowsOf(schema.name, "handled", old + 20 * dayMs, 4));

    expect(await ledger.prune(old + 10 * dayMs)).toBe(0);
    await assertStats(ledger, { handled: 4 });

    expect(await ledger.prune(old + 31 * dayMs)).toBe(4);
    await ledger.close();
  });

  test("is not what somebody has set aside: a day that was detached, and a table that only has such a name", async () => {
    await using schema = ownSchema();
    const ledger = await openPostgresLedger(schema.url);
    await ledger.share(1);
    const today = Math.floor(Date.now() / dayMs) * dayMs;
    const [detached, backup] = [today, today - 40 * dayMs].map((day) => `${schema.name}.${dayName(day)}`);
    await schema.query(rowsOf(schema.name, "handled", today, 3));
    await schema.query(`create table ${backup} as select * from ${schema.name}.event`);
    await schema.query(`alter table ${schema.name}.event detach partition ${detached}`);

    expect(await ledger.prune(today + 10)).toBe(0);

    for (const table of [detached, backup])
      expect(await schema.query(`select count(*)::int as rows from ${table}`)).toEqual([{ rows: 3 }]);
    await ledger.close();
  });

  test("is not what somebody has made of it: a partition of another name, and a day that was attached again", async () => {
    await using schema = ownSchema();
    const ledger = await openPostgresLedger(schema.url);
    const today = Math.floor(Date.now() / dayMs) * dayMs;
    const old = today - 40 * dayMs;
    await schema.query(
      `create table ${schema.name}.mine partition of ${schema.name}.event for values from (${old}) to (${old + dayMs})`,
    );
    await schema.query(`comment on table ${schema.name}.${dayName(today)} is '${setAsideMark}'`);
    for (const from of [old, today]) await schema.query(rowsOf(schema.name, "handled", from, 3));

    expect(await ledger.prune(old + 3 * dayMs)).toBe(0);

    await assertStats(ledger, { handled: 6 });
    expect(await schema.query(`select from ${schema.name}.event`)).toHaveLength(6);
    await ledger.close();
  });

  test("is not a day that somebody has moved to a table of their own, and goes from the other days", async () => {
    await using schema = ownSchema();
    const { name, query } = schema;
    const ledger = await openPostgresLedger(schema.url);
    const old = Math.floor(Date.now() / dayMs - 40) * dayMs;
    const [moved] = [await makeDay(schema, old), await makeDay(schema, old + dayMs)];
    for (const from of [old, old + dayMs]) await query(rowsOf(name, "handled", from, 3));
    await query(`create table ${name}.archive (like ${name}.event) partition by range (received_at)`);
    await query(`alter table ${name}.event detach partition ${moved}`);
    await query(
      `alter table ${name}.archive attach partition ${moved} for values from (${old}) to (${old + dayMs})`,
    );

    expect(await ledger.prune(old + 3 * dayMs)).toBe(3);

    expect(await query(`select from ${name}.archive`)).toHaveLength(3);
    await ledger.close();
  });

  test("is not what somebody has put into another schema, and goes from the other days", async () => {
    await using schema = ownSchema();
    await using archive = ownSchema();
    const ledger = await openPostgresLedger(schema.url);
    const old = Math.floor(Date.now() / dayMs - 40) * dayMs;
    for (const from of [old, old + dayMs]) {
      await makeDay(schema, from);
      await schema.query(rowsOf(schema.name, "handled", from, 3));
    }
    await schema.query(`create schema ${archive.name}`);
    await schema.query(`alter table ${schema.name}.${dayName(old)} set schema ${archive.name}`);

    expect(await ledger.prune(old + 3 * dayMs)).toBe(3);

    await assertStats(ledger, { handled: 3 });
    await ledger.close();
  });

  test("is not a day that was set aside and that somebody has renamed to keep it", async () => {
    await using schema = ownSchema();
    const { name, query } = schema;
    const ledger = await openPostgresLedger(schema.url);
    await ledger.share(1);
    await query(`create table ${name}.event_20200101 (like ${name}.event including all)`);
    await query(`comment on table ${name}.event_20200101 is '${setAsideMark}'`);
    await query(`alter table ${name}.event_20200101 rename to "Kept of March"`);

    expect(await ledger.prune(Date.now())).toBe(0);

    const [kept] = await query(`select to_regclass('${name}."Kept of March"') is not null as there`);
    expect(kept).toEqual({ there: true });
    await ledger.close();
  });

  test("is nothing of a Hookwell in another schema, and waits for nothing of it", async () => {
    await using schema = ownSchema();
    await using other = ownSchema();
    const [ledger, theirs] = [await openPostgresLedger(schema.url), await openPostgresLedger(other.url)];
    const old = Math.floor(Date.now() / dayMs - 40) * dayMs;
    await schema.query(rowsOf(schema.name, "handled", old, 3));
    const day = await makeDay(other, old);
    await setAsideDay(other, day);
    const reader = await other.connect();
    await reader.query(`begin; lock table ${day} in access share mode`);
    const pruning = theirs.prune(0);
    const waiting = "select from pg_stat_activity where wait_event_type = 'Lock' and query like $1";
    await expect.poll(() => schema.query(waiting, [`%${other.name}%`])).toHaveLength(1);

    expect(await ledger.prune(old + dayMs)).toBe(3);

    await reader.query("commit");
    expect(await pruning).toBe(0);
    await Promise.all([ledger.close(), theirs.close()]);
  });

  test("goes, but for what is kept, also when the table has lost a column", async () => {
    await using schema = ownSchema();
    const ledger = await openPostgresLedger(schema.url);
    const old = Math.floor(Date.now() / dayMs - 40) * dayMs;
    await makeDay(schema, old);
    for (const status of ["handled", "dead"] as const)
      await schema.query(rowsOf(schema.name, status, old, 2));
    await schema.query(
      `alter table ${schema.name}.event add column lost text; alter table ${schema.name}.event drop column lost`,
    );

    expect(await ledger.prune(old + dayMs)).toBe(2);

    await assertStats(ledger, { dead: 2 });
    await ledger.close();
  });

  test("goes from a day that somebody has divided once more", async () => {
    await using schema = ownSchema();
    const ledger = await openPostgresLedger(schema.url);
    await ledger.share(1);
    const old = Math.floor(Date.now() / dayMs - 40) * dayMs;
    const day = `${schema.name}.${dayName(old)}`;
    await schema.query(
      `create table ${day} partition of ${schema.name}.event for values from (${old}) to (${old + dayMs})
         partition by range (received_at)`,
    );
    await schema.query(`create table ${day}_all partition of ${day} default`);
    await schema.query(rowsOf(schema.name, "dead", old, 3));
    await schema.query(rowsOf(schema.name, "handled", old, 2));

    expect(await ledger.prune(old + 3 * dayMs)).toBe(2);

    await assertStats(ledger, { dead: 3 });
    await ledger.close();
  });

  test("stays if it is asked for again in the moment in which it was to go", async () => {
    await using schema = ownSchema();
    const ledger = await openPostgresLedger(schema.url);
    await ledger.share(1);
    const old = Math.floor(Date.now() / dayMs - 400) * dayMs;
    await schema.query(rowsOf(schema.name, "handled", old, 3));
    const asker = await schema.connect();
    await asker.query(
      `begin; update ${schema.name}.event set status = 'pending' where event_id = 'handled2'`,
    );

    const pruning = ledger.prune(old + dayMs);
    const waiting = "select from pg_stat_activity where wait_event_type = 'Lock' and query like $1";
    await expect.poll(() => schema.query(waiting, [`%${schema.name}%`])).toHaveLength(1);
    await asker.query("commit");

    expect(await pruning).toBe(2);
    expect(await schema.query(`select event_id, status from ${schema.name}.event`)).toEqual([
      { event_id: "handled2", status: "pending" },
    ]);
    await assertStats(ledger, { pending: 1 });
    await ledger.close();
  });

  test("goes with its day, but for all that is not settled, or dead", async () => {
    await using schema = ownSchema();
    const ledger = await openPostgresLedger(schema.url);
    const old = Math.floor(Date.now() / dayMs - 40) * dayMs;
    await makeDay(schema, old);
    for (const status of statuses) await schema.query(rowsOf(schema.name, status, old, 2));
    expect(await ledger.prune(old + dayMs - 1)).toBe(0);

    expect(await ledger.prune(old + dayMs)).toBe(4);

    await assertStats(ledger, { pending: 2, retrying: 2, dead: 2 });
    const left = `select status, count(*)::int from ${schema.name}.event group by 1 order by 1`;
    expect(await schema.query(left)).toEqual(
      ["dead", "pending", "retrying"].map((status) => ({ status, count: 2 })),
    );
    await ledger.close();
  });

  test("goes from all other days, too, if somebody keeps one from going, and from that one when it may", async () => {
    await using schema = ownSchema();
    const [ledger, other] = [await openPostgresLedger(schema.url), await openPostgresLedger(schema.url)];
    const old = Math.floor(Date.now() / dayMs - 40) * dayMs;
    for (const from of [old, old + dayMs]) {
      await makeDay(schema, from);
      await schema.query(rowsOf(schema.name, "handled", from, 3));
    }
    await schema.query(rowsOf(schema.name, "obsolete", old - dayMs, 2));
    await schema.query(`create view ${schema.name}.mine as select * from ${schema.name}.${dayName(old)}`);

    await expect(ledger.prune(old + 3 * dayMs)).rejects.toThrow(/other objects depend on it/);

    await assertStats(ledger, { handled: 3 });
    await schema.query(`drop view ${schema.name}.mine`);
    expect(await other.prune(old + 3 * dayMs)).toBe(3);
    await schema.query(rowsOf(schema.name, "obsolete", old, 1));
    expect(await ledger.prune(old + 3 * dayMs)).toBe(1);
    await assertStats(ledger, {});
    await Promise.all([ledger.close(), other.close()]);
  });

  test("keeps nobody waiting for longer than 2 s behind who reads, and is left to another time", async () => {
    await using schema = ownSchema();
    const ledger = await openPostgresLedger(schema.url);
    const old = Math.floor(Date.now() / dayMs - 40) * dayMs;
    for (const from of [old, old + dayMs]) await makeDay(schema, from);
    await schema.query(rowsOf(schema.name, "handled", old, 3));
    await schema.query(rowsOf(schema.name, "handled", old - dayMs, 2));
    const reader = await schema.connect();
    await reader.query(`begin; lock table ${schema.name}.event in access share mode`);

    const pruning = async (): Promise<number> =>
      (await timed(() => expect(ledger.prune(old + 3 * dayMs)).rejects.toThrow(/lock timeout/))).ms;

    // Once, though two days are to go.
    await promptly(4_000, pruning);
    await assertStats(ledger, { handled: 3 });
    await reader.query("commit");
    expect(await ledger.prune(old + 3 * dayMs)).toBe(3);
    await ledger.close();
  });

  test("waits for who reads a day that is set aside without keeping totals locked, and for longer than a query may take", async () => {
    await using schema = ownSchema();
    const ledger = await openPostgresLedger(schema.url);
    const today = Math.floor(Date.now() / dayMs) * dayMs;
    const day = `${schema.name}.${dayName(today)}`;
    await schema.query(rowsOf(schema.name, "handled", today, 3));
    await schema.query(rowsOf(schema.name, "obsolete", today, 2));
    await setAsideDay(schema, day);
    const [reader, counter] = [await schema.connect(), await schema.connect()];
    await reader.query(`begin; lock table ${day} in access share mode`);

    const pruning = ledger.prune(0);
    const waiting = "select from pg_stat_activity where wait_event_type = 'Lock' and query like $1";
    await expect.poll(() => schema.query(waiting, [`%${schema.name}%`])).toHaveLength(1);

    const free = `select slot from ${schema.name}.event_total for update skip locked`;
    expect(await schema.query(free)).toHaveLength(32);
    // Before the day is let go, or who forgets may be through with it before there is something to wait for.
    await counter.query(`begin; lock table ${schema.name}.event_total in exclusive mode`);
    await reader.query("commit");
    await sleep(5_500);
    await counter.query("commit");
    expect(await pruning).toBe(5);
    await assertStats(ledger, {});
    await ledger.close();
  });

  test("stays if the ledger was closed before it is known whose work that is", async () => {
    await using schema = ownSchema();
    const ledger = await openPostgresLedger(schema.url);
    const old = Math.floor(Date.now() / dayMs - 40) * dayMs;
    await schema.query(rowsOf(schema.name, "handled", old, 3));
    const db = await openPostgres(schema.url, { part: "ledger", connections: 1 });

    expect(await forget(db, old + dayMs, AbortSignal.abort())).toBe(0);

    await assertStats(ledger, { handled: 3 });
    await db.end();
    await ledger.close();
  });
});
