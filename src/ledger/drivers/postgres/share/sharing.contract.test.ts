import { describe, expect, test } from "vitest";
import { answers, engineUrls } from "../../../../../test/support/servers/engines.ts";
import { Line } from "../../../../../test/support/network/line.ts";
import { PostgresServer } from "../../../../../test/support/servers/postgres-server.ts";
import { eventually } from "../../../../testing/eventually.ts";
import { openPostgres } from "../../../../lib/postgres/postgres.ts";
import { silentLog } from "../../../../log.ts";
import type { LedgerDriver } from "../../../driver.ts";
import { openPostgresLedger } from "../ledger.ts";
import { OtherQueues } from "./other-queues.ts";
import { PostgresShare } from "./share.ts";
import { together } from "../../../../../test/support/ledger/shared-ledger.ts";

const isThere = await answers("postgres");
const shards = 16;

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
    const db = await openPostgres(line.through(all.schema.url), { part: "ledger", connections: 1 });
    const share = new PostgresShare(db, new OtherQueues("redis:", silentLog));
    await share.renew(shards, { reachesQueue: true });
    const before = line.trips;

    expect((await share.renew(shards, { reachesQueue: true })).owned).toHaveLength(16);

    expect(line.trips - before).toBe(2);
    await share.leave();
    await db.end();
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

    expect((await first.share(shards, { reachesQueue: false })).surplus).toEqual([]);
    await first.share(shards);
    await later();
    // Nor does it leave any at once to one that has reached the queue for long.
    expect((await first.share(shards, { reachesQueue: false })).surplus).toEqual([]);
    await later();
    const { owned: left, surplus } = await first.share(shards, { reachesQueue: false });
    expect([left.length, surplus]).toEqual([8, left]);
    await first.release(surplus);

    expect((await second.share(shards)).owned).toHaveLength(16);
    expect((await first.share(shards, { reachesQueue: false })).owned).toEqual([]);
    await second.share(shards, { reachesQueue: false });
    await later();
    expect((await second.share(shards, { reachesQueue: false })).surplus).toHaveLength(8);
    // The first that the queue answers leaves the others the time to reach it, too.
    await second.share(shards, { reachesQueue: true });
    expect((await second.share(shards)).surplus).toHaveLength(8);
    await first.share(shards, { reachesQueue: true });
    expect((await second.share(shards)).surplus).toHaveLength(8);
  });

  test("leave nothing to a new one that does not reach the queue, until it does", async () => {
    await using all = await together(2);
    const [first, second] = all.ledgers as [LedgerDriver, LedgerDriver];
    await first.share(shards);
    await all.schema.query(
      `update ${all.schema.name}.worker set reach_since = reach_since - interval '15 s'`,
    );

    await second.share(shards, { reachesQueue: false });
    expect((await first.share(shards)).surplus).toEqual([]);

    await second.share(shards);
    expect((await first.share(shards)).surplus).toHaveLength(8);
  });

  test("divide the shards at once if none of them has reached the queue yet", async () => {
    await using all = await together(2);
    const [first, second] = all.ledgers as [LedgerDriver, LedgerDriver];
    expect((await first.share(shards, { reachesQueue: false })).owned).toHaveLength(16);
    await second.share(shards, { reachesQueue: false });

    expect((await first.share(shards, { reachesQueue: false })).surplus).toHaveLength(8);
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

  test("take nothing while others have shards of a queue that is cut otherwise", async () => {
    await using all = await together(2);
    const [first, second] = all.ledgers as [LedgerDriver, LedgerDriver];
    await first.share(shards);
    await first.release([0, 1]);

    expect((await second.share(2)).owned).toEqual([]);
    await first.close();

    expect((await second.share(2)).owned).toEqual([0, 1]);
  });

  test("take no shards that only a queue had which was cut into more", async () => {
    await using all = await together(3);
    const [before, first, second] = all.ledgers as [LedgerDriver, LedgerDriver, LedgerDriver];
    await before.share(shards);
    await before.close();
    expect((await first.share(4)).owned).toEqual([0, 1, 2, 3]);

    expect((await second.share(4)).owned).toEqual([]);

    await first.release((await first.share(4)).surplus);
    expect((await second.share(4)).owned).toEqual([2, 3]);
  });
});
