import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { answers, engineUrls } from "../../../../test/support/engines.ts";
import { Line } from "../../../../test/support/line.ts";
import { type OwnSchema, ownSchema } from "../../../../test/support/postgres-harness.ts";
import { PostgresServer } from "../../../../test/support/postgres-server.ts";
import type { Message } from "../../../event/message.ts";
import { shardOf } from "../../../event/shard.ts";
import { aMessage } from "../../../testing/builders.ts";
import { eventually } from "../../../testing/eventually.ts";
import { settled, verdictOf } from "../../../testing/ledger-driver/harness.ts";
import { openPostgres } from "../../../lib/postgres/postgres.ts";
import { silentLog } from "../../../log.ts";
import type { LedgerDriver } from "../../driver.ts";
import { openPostgresLedger } from "./ledger.ts";
import { OtherQueues } from "./other-queues.ts";
import { PostgresShare } from "./share.ts";

const isThere = await answers("postgres");
const shards = 16;

/** Ledgers of one schema, as several processes open them. */
async function together(
  count: number,
): Promise<{ ledgers: LedgerDriver[]; schema: OwnSchema } & AsyncDisposable> {
  const schema = ownSchema();
  const ledgers = await Promise.all(Array.from({ length: count }, () => openPostgresLedger(schema.url)));
  return {
    ledgers,
    schema,
    [Symbol.asyncDispose]: async () => {
      for (const ledger of ledgers) await ledger.close();
      await schema[Symbol.asyncDispose]();
    },
  };
}

describe.skipIf(!isThere)("workers that share a ledger", () => {
  test("divide the shards: who has too many leaves some, and who is free takes them", async () => {
    await using all = await together(3);
    const [first, second, third] = all.ledgers as [LedgerDriver, LedgerDriver, LedgerDriver];
    expect((await first.share(shards)).owned).toHaveLength(16);
    expect((await second.share(shards)).owned).toEqual([]);

    const { owned, surplus } = await first.share(shards);
    expect(owned).toHaveLength(16);
    expect(surplus).toHaveLength(8);
    await first.release(surplus);

    expect((await second.share(shards)).owned).toEqual(surplus);
    await third.share(shards);
    const over = [(await first.share(shards)).surplus, (await second.share(shards)).surplus];
    // One of three has a shard more than the others.
    expect([5, 6]).toContain(over.flat().length);
    await first.release(over[0] ?? []);
    await second.release(over[1] ?? []);
    expect((await third.share(shards)).owned.length).toBe(over.flat().length);
  });

  test("show that they live in two trips to the server, since each waits there for all others", async () => {
    await using all = await together(1);
    await using line = await Line.to(engineUrls.postgres, Infinity, 100);
    const db = await openPostgres(line.through(all.schema.url), { setting: "ledger", connections: 1 });
    const share = new PostgresShare(db, new OtherQueues("redis:", silentLog));
    await share.renew(shards, true);
    const before = line.trips;

    expect((await share.renew(shards, true)).owned).toHaveLength(16);

    expect(line.trips - before).toBe(2);
    await share.leave();
    await db.end();
  });

  test("do not take for under way what they could not settle, when the shard is theirs again unnoticed", async () => {
    await using all = await together(1);
    const [ledger] = all.ledgers as [LedgerDriver];
    await ledger.share(shards);
    const message = aMessage();
    expect(await verdictOf(ledger, message)).toMatchObject({ kind: "fresh" });
    // As on a standby that has not heard of our share yet, and knows neither event nor message.
    const { name } = all.schema;
    const owners = await all.schema.query(`select owner from ${name}.shard limit 1`);
    await all.schema.query(`update ${name}.shard set owner = $1`, [randomUUID()]);
    expect(await ledger.settle([settled(message)])).toHaveLength(1);
    await all.schema.query(`update ${name}.shard set owner = $1`, [owners[0]?.["owner"]]);

    const repeat = { ...message, copy: "sent again" };

    expect(await verdictOf(ledger, repeat)).toMatchObject({ kind: "fresh" });
    expect(await ledger.settle([settled(repeat)])).toEqual([]);
    expect(await ledger.get(message.eventId)).toMatchObject({ status: "handled" });
  });

  test("do not remember what was under way in a shard that comes back to them at once", async () => {
    await using all = await together(2);
    const [first, second] = all.ledgers as [LedgerDriver, LedgerDriver];
    await first.share(shards);
    const message = aMessage();
    const shard = shardOf(message, shards);
    await verdictOf(first, message);
    await first.release([shard]);
    expect((await second.share(shards)).owned).toEqual([shard]);
    await verdictOf(second, message);
    await second.settle([settled(message)]);
    await second.close();
    expect((await first.share(shards)).owned).toContain(shard);

    expect(await verdictOf(first, message)).toEqual({ kind: "duplicate" });
    expect(await verdictOf(first, { ...message, copy: "again", replay: true })).toMatchObject({
      kind: "fresh",
    });
  });

  test("take free shards one after the other, so that none believes to have what another took", async () => {
    await using all = await together(3);
    const [first, second, before] = all.ledgers as [LedgerDriver, LedgerDriver, LedgerDriver];
    await before.share(shards);
    await before.close();
    const blocker = await all.schema.connect();
    await blocker.query(`begin; select from ${all.schema.name}.shard for update`);
    const [{ pid } = {}] = (await blocker.query<{ pid: number }>("select pg_backend_pid() as pid")).rows;
    const behind = `with recursive behind as (
      select pid from pg_stat_activity where $1 = any(pg_blocking_pids(pid))
      union select a.pid from pg_stat_activity a join behind on behind.pid = any(pg_blocking_pids(a.pid)))
      select from behind`;

    const sharing = [first, second].map((ledger) => ledger.share(shards));
    await eventually(async () => expect(await all.schema.query(behind, [pid])).toHaveLength(2));
    await blocker.query("commit");

    const owned = (await Promise.all(sharing)).flatMap((share) => share.owned);
    expect(owned.toSorted((a, b) => a - b)).toEqual(Array.from({ length: shards }, (_, shard) => shard));
  });

  test("leave everything to the others when they close", async () => {
    await using all = await together(2);
    const [first, second] = all.ledgers as [LedgerDriver, LedgerDriver];
    await first.share(shards);
    await second.share(shards);

    await first.close();

    expect((await second.share(shards)).owned).toHaveLength(16);
  });

  test("have all of one that does not reach the queue for long, but only while they reach it themselves", async () => {
    await using all = await together(2);
    const [first, second] = all.ledgers as [LedgerDriver, LedgerDriver];
    const later = (): Promise<unknown> =>
      all.schema.query(`update ${all.schema.name}.worker set reach_since = reach_since - interval '15 s'`);
    await first.share(shards);
    await second.share(shards);
    await first.release((await first.share(shards)).surplus);
    const { owned } = await second.share(shards);
    expect(owned).toHaveLength(8);

    expect((await first.share(shards, false)).surplus).toEqual([]);
    await later();
    const { owned: left, surplus } = await first.share(shards, false);
    expect([left.length, surplus]).toEqual([8, left]);
    await first.release(surplus);

    expect((await second.share(shards)).owned).toHaveLength(16);
    expect((await first.share(shards, false)).owned).toEqual([]);
    await second.share(shards, false);
    await later();
    expect((await second.share(shards, false)).surplus).toHaveLength(8);
    // The first that the queue answers leaves the others the time to reach it, too.
    await second.share(shards, true);
    expect((await second.share(shards)).surplus).toHaveLength(8);
    await first.share(shards, true);
    expect((await second.share(shards)).surplus).toHaveLength(8);
  });

  test("leave nothing to a new one that does not reach the queue, until it does", async () => {
    await using all = await together(2);
    const [first, second] = all.ledgers as [LedgerDriver, LedgerDriver];
    await first.share(shards);
    await all.schema.query(
      `update ${all.schema.name}.worker set reach_since = reach_since - interval '15 s'`,
    );

    await second.share(shards, false);
    expect((await first.share(shards)).surplus).toEqual([]);

    await second.share(shards);
    expect((await first.share(shards)).surplus).toHaveLength(8);
  });

  test("divide the shards at once if none of them has reached the queue yet", async () => {
    await using all = await together(2);
    const [first, second] = all.ledgers as [LedgerDriver, LedgerDriver];
    expect((await first.share(shards, false)).owned).toHaveLength(16);
    await second.share(shards, false);

    expect((await first.share(shards, false)).surplus).toHaveLength(8);
  });

  test("take over from one that was killed, within seconds: its connection is gone", async () => {
    await using all = await together(1);
    const [ledger] = all.ledgers as [LedgerDriver];
    await ledger.share(shards);
    const dead = randomUUID();
    await all.schema.query(
      `insert into ${all.schema.name}.worker (id, lock, until, shards, reaches_queue, reach_since)
         values ($1, 7, now() + interval '1 hour', 16, true, now())`,
      [dead],
    );
    await all.schema.query(`update ${all.schema.name}.shard set owner = $1 where shard < 4`, [dead]);
    expect((await ledger.share(shards)).owned).toHaveLength(12);

    await eventually(async () => expect((await ledger.share(shards)).owned).toHaveLength(16));
  });

  test("take over, after a moment, from one that hangs for longer than its life is", async () => {
    await using all = await together(1);
    const [ledger] = all.ledgers as [LedgerDriver];
    await ledger.share(shards);
    const hung = randomUUID();
    await all.schema.query(
      `insert into ${all.schema.name}.worker (id, lock, until, shards, reaches_queue, reach_since)
         values ($1, 7, now() - interval '1 ms', 16, true, now())`,
      [hung],
    );
    await all.schema.query(`update ${all.schema.name}.shard set owner = $1 where shard < 4`, [hung]);

    await eventually(async () => expect((await ledger.share(shards)).owned).toHaveLength(16));
  });

  test("keep what they have when their connection was cut and they are back in time", async () => {
    await using all = await together(2);
    const [first, second] = all.ledgers as [LedgerDriver, LedgerDriver];
    const { name } = all.schema;
    await first.share(shards);
    const cut = await all.schema.query(
      `select pg_terminate_backend(pid) from pg_locks
         where locktype = 'advisory' and (classid::bigint << 32) + objid::bigint = (select lock from ${name}.worker)`,
    );
    expect(cut).toHaveLength(1);
    await eventually(async () => {
      await second.share(shards);
      expect(await all.schema.query(`select from ${name}.worker where missed_at is not null`)).toHaveLength(
        1,
      );
    });

    await eventually(async () => expect((await first.share(shards)).owned).toHaveLength(16));

    for (let round = 0; round < 2; round += 1) {
      await all.schema.query(`update ${name}.worker set missed_at = missed_at - interval '4 s'`);
      expect((await second.share(shards)).owned).toEqual([]);
    }
  });

  test("miss nobody at once after a restart of the server, who showed before that it lives", async () => {
    await using server = await PostgresServer.start();
    const ledger = await openPostgresLedger(server.url);
    await ledger.share(shards);
    const [before, since] = [randomUUID(), randomUUID()];
    for (const [id, at] of [
      [before, -1],
      [since, 1],
    ] as const) {
      // It shows that it lives for 17 s.
      await server.query(
        `insert into hookwell.worker (id, lock, until, shards, reaches_queue, reach_since)
           values ('${id}', 7, pg_postmaster_start_time() + interval '${17_000 + at} ms', 16, true, now())`,
      );
    }

    await ledger.share(shards);

    const missed = "select id from hookwell.worker where missed_at is not null";
    expect(await server.query(missed)).toEqual([{ id: since }]);
    await ledger.close();
  });

  test("keep what they have when the clock of the server is set forward", async () => {
    await using all = await together(2);
    const [first, second] = all.ledgers as [LedgerDriver, LedgerDriver];
    await first.share(shards);
    await second.share(shards);
    await first.release((await first.share(shards)).surplus);
    const { owned } = await second.share(shards);
    // To all that was written down before, it is the same.
    await all.schema.query(`update ${all.schema.name}.worker set until = until - interval '1 hour'`);

    expect((await first.share(shards)).owned).toHaveLength(8);

    expect((await second.share(shards)).owned).toEqual(owned);
  });

  test("are not stopped by one that is paused within a transaction", async () => {
    await using all = await together(1);
    const [ledger] = all.ledgers as [LedgerDriver];
    await ledger.share(shards);
    const hung = randomUUID();
    const { name } = all.schema;
    await all.schema.query(
      `insert into ${name}.worker (id, lock, until, missed_at, shards, reaches_queue, reach_since)
         values ($1, 7, now(), now() - interval '4 s', 16, true, now())`,
      [hung],
    );
    await all.schema.query(`update ${name}.shard set owner = $1 where shard < 4`, [hung]);
    const paused = await all.schema.connect();
    await paused.query(`begin; select from ${name}.shard where shard = 0 for share`);

    const { owned } = await ledger.share(shards);

    expect(owned).toHaveLength(15);
    await paused.end();
    expect((await ledger.share(shards)).owned).toHaveLength(16);
  });

  test("divide the shards whatever isolation the server gives to transactions", async () => {
    await using server = await PostgresServer.start("default_transaction_isolation=serializable");
    const ledgers = await Promise.all([openPostgresLedger(server.url), openPostgresLedger(server.url)]);

    for (let round = 0; round < 20; round += 1) {
      const shares = await Promise.all(ledgers.map((ledger) => ledger.share(shards)));
      expect(shares.flatMap(({ owned }) => owned)).toHaveLength(16);
    }

    await Promise.all(ledgers.map((ledger) => ledger.close()));
  });

  test("show that they live whatever else is asked of the ledger, and however long that takes", async () => {
    await using all = await together(1);
    const [ledger] = all.ledgers as [LedgerDriver];
    await ledger.share(shards);
    const slow = await all.schema.connect();
    await slow.query(`begin; lock table ${all.schema.name}.event in access exclusive mode`);
    const lists = Array.from({ length: 20 }, () => ledger.list({}, 10, null));

    const askedAt = performance.now();
    await ledger.share(shards);

    expect(performance.now() - askedAt).toBeLessThan(8_000);
    await slow.end();
    await Promise.all(lists);
  });

  test("take nothing while others have shards of a queue that is cut otherwise", async () => {
    await using all = await together(2);
    const [first, second] = all.ledgers as [LedgerDriver, LedgerDriver];
    await first.share(shards);
    await first.release([0, 1]);

    expect((await second.share(2)).owned).toEqual([]);
    await first.close();

    expect((await second.share(2)).owned).toEqual([0, 1]);
  });

  test("have nothing at first when they were taken for dead, although all of it may be free again", async () => {
    await using all = await together(2);
    const [hung, other] = all.ledgers as [LedgerDriver, LedgerDriver];
    await hung.share(shards);
    await all.schema.query(`update ${all.schema.name}.worker set missed_at = now() - interval '4 s'`);
    expect((await other.share(shards)).owned).toHaveLength(16);
    await other.close();

    expect((await hung.share(shards)).owned).toEqual([]);
    expect((await hung.share(shards)).owned).toHaveLength(16);
  });

  test("leave to others what these have from them by now, also when they close", async () => {
    await using all = await together(1);
    const [ledger] = all.ledgers as [LedgerDriver];
    const { name } = all.schema;
    await ledger.share(shards);
    const other = randomUUID();
    await all.schema.query(`update ${name}.shard set owner = $1 where shard < 2`, [other]);

    await ledger.release([0, 2]);
    await ledger.close();

    const owned = `select shard from ${name}.shard where owner is not null order by 1`;
    expect(await all.schema.query(owned)).toEqual([{ shard: 0 }, { shard: 1 }]);
  });

  test("take nothing from one that hangs before it knows that it has nothing any more", async () => {
    await using all = await together(2);
    const [hung, other] = all.ledgers as [LedgerDriver, LedgerDriver];
    const over = `update ${all.schema.name}.worker set until = clock_timestamp()`;
    await hung.share(shards);
    await all.schema.query(over);
    const askedAt = performance.now();
    const { forMs } = await hung.share(shards);
    const [{ left } = {}] = await all.schema.query(
      `select (extract(epoch from until - clock_timestamp()) * 1000)::float as left from ${all.schema.name}.worker`,
    );
    const passed = performance.now() - askedAt;
    // As if that time had passed.
    await all.schema.query(over);
    const overAt = performance.now();

    await eventually(async () => expect((await other.share(shards)).owned).toHaveLength(16));

    expect(passed + Number(left) + performance.now() - overAt).toBeGreaterThan(forMs);
  });

  test("who lost a shard neither admits its events, nor begins nor settles them", async () => {
    await using all = await together(2);
    const [hung, other] = all.ledgers as [LedgerDriver, LedgerDriver];
    await hung.share(shards);
    await other.share(shards);
    const [lost, later] = [aMessage(), aMessage()];
    const kept = aMessage({ entity: entityOutside([lost, later]) });
    expect((await hung.admit([lost, kept])).map(({ kind }) => kind)).toEqual(["fresh", "fresh"]);
    await all.schema.query(`update ${all.schema.name}.shard set owner = $1 where shard = any($2)`, [
      randomUUID(),
      [shardOf(lost, shards), shardOf(later, shards)],
    ]);

    await hung.begin(lost, 1);
    const elsewhere = await hung.settle([settled(lost), settled(kept)]);

    expect(elsewhere.map(({ message }) => message)).toEqual([lost]);
    expect(await other.get(lost.eventId)).toBeUndefined();
    expect(await other.get(kept.eventId)).toMatchObject({ status: "handled" });
    expect(await verdictOf(hung, later)).toEqual({ kind: "elsewhere" });
  });

  test("nobody has the shard of an event that is being settled, before that is written down", async () => {
    await using all = await together(2);
    const [hung, other] = all.ledgers as [LedgerDriver, LedgerDriver];
    const { name } = all.schema;
    await hung.share(shards);
    const message = aMessage();
    await hung.admit([message]);
    const blocker = await all.schema.connect();
    await blocker.query(`begin; lock table ${name}.event in exclusive mode`);
    const settling = hung.settle([settled(message)]);
    await eventually(async () =>
      expect(
        await all.schema.query(
          `select from pg_locks where not granted and relation = '${name}.event'::regclass`,
        ),
      ).toHaveLength(1),
    );
    await all.schema.query(`update ${name}.worker set missed_at = now() - interval '4 s'`);

    const { owned } = await other.share(shards);
    await blocker.end();
    const elsewhere = await settling;

    expect(owned).toHaveLength(15);
    expect(owned).not.toContain(shardOf(message, shards));
    expect(elsewhere).toEqual([]);
    expect((await other.share(shards)).owned).toHaveLength(16);
    expect(await verdictOf(other, message)).toEqual({ kind: "duplicate" });
  });

  test("an event that one of them handled is a duplicate for all, and its revision counts for all", async () => {
    await using all = await together(2);
    const [one, other] = all.ledgers as [LedgerDriver, LedgerDriver];
    await one.share(1);
    const message = aMessage({ revision: 2 });
    await one.admit([message]);
    await one.settle([settled(message)]);
    await one.close();
    await other.share(1);

    const repeat = { ...message, copy: randomUUID() };
    const older = aMessage({ revision: 1, entity: message.entity });

    expect(await verdictOf(other, repeat)).toEqual({ kind: "duplicate" });
    expect(await verdictOf(other, older)).toEqual({ kind: "obsolete", newest: 2 });
  });
});

/** An entity whose events are in the shard of none of these. */
function entityOutside(messages: readonly Message[]): string {
  const taken = new Set(messages.map((message) => shardOf(message, shards)));
  for (;;) {
    const message = aMessage();
    if (!taken.has(shardOf(message, shards))) return message.entity;
  }
}
