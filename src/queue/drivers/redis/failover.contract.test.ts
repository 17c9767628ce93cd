import assert from "node:assert/strict";
import { describe, expect, test } from "vitest";
import { answers } from "../../../../test/support/servers/engines.ts";
import { LaneLoad } from "../../../../test/support/drivers/lane-load.ts";
import { RedisCluster } from "../../../../test/support/servers/redis-cluster.ts";
import { RedisSentinels } from "../../../../test/support/servers/redis-sentinels.ts";
import type { RedisServer } from "../../../../test/support/servers/redis-server.ts";
import { eventually } from "../../../testing/eventually.ts";
import { openRedisQueue } from "./queue.ts";

/** Two processes under load, on which `trouble` comes; all must go on by itself, and nothing be lost or out of order. */
async function bears(url: string, trouble: (load: LaneLoad) => Promise<void>): Promise<void> {
  const options = { leaseMs: 30_000 };
  const [sender, worker] = [await openRedisQueue(url, options), await openRedisQueue(url, options)];
  const load = new LaneLoad(sender, worker);
  await load.works();

  await trouble(load);

  await load.works();
  expect(await load.finish()).toEqual([]);
  expect([load.disorder, load.surprises]).toEqual([[], []]);
  await eventually(async () => expect((await worker.depth()).messages).toBe(0));
  await Promise.all([sender, worker].map((queue) => queue.close()));
}

/** Killed under load, and back when another has its place. */
const replaced =
  (master: RedisServer) =>
  async (load: LaneLoad): Promise<void> => {
    await master.kill();
    await load.works();
    await master.start();
    await eventually(async () =>
      expect(String(await master.command("INFO", "replication"))).toContain("role:slave"),
    );
  };

describe.skipIf(!(await answers("redis")))("a failover under load", () => {
  test("of a master that three sentinels watch loses nothing, also when the old one is back", async () => {
    await using redis = await RedisSentinels.start();

    const old = await redis.master();

    await bears(`${redis.url}&wait=1`, replaced(old));

    expect(await redis.master()).not.toBe(old);
  });

  test("of a node of a cluster loses nothing, also when the old one is back", async () => {
    await using cluster = await RedisCluster.start(3, 2);
    const [master] = cluster.masters;
    assert.ok(master !== undefined);

    await bears(`${cluster.url}&wait=1`, replaced(master));
  });

  test("loses nothing while the keys move to another node of a cluster", async () => {
    await using cluster = await RedisCluster.start(2, 0);
    const [from, to] = cluster.masters;
    assert.ok(from !== undefined && to !== undefined);
    const slot = String(await from.command("CLUSTER", "KEYSLOT", "{hookwell}"));

    await bears(cluster.url, () => cluster.move(slot, from, to));

    expect(await to.command("EXISTS", "{hookwell}:0")).toBe(1);
  });
});
