import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { answers } from "../../../../../test/support/servers/engines.ts";
import { PostgresServer } from "../../../../../test/support/servers/postgres-server.ts";
import { eventually } from "../../../../testing/eventually.ts";
import type { LedgerDriver } from "../../../driver.ts";
import { openPostgresLedger } from "../ledger.ts";
import { together } from "../../../../../test/support/ledger/shared-ledger.ts";

const isThere = await answers("postgres");
const shards = 16;

describe.skipIf(!isThere)("workers that miss one another", () => {
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
});
