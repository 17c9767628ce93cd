import { expect, test } from "vitest";
import { answers } from "../../../../test/support/engines.ts";
import { Line } from "../../../../test/support/line.ts";
import { RedisServer } from "../../../../test/support/redis-server.ts";
import { shardOf } from "../../../event/shard.ts";
import { attemptsOf, collect, messages, never, ownAll } from "../../../testing/queue-driver/harness.ts";
import { allShards, sharedShards } from "../../driver.ts";
import { giveBackScript } from "./handover-scripts.ts";
import { openRedisQueue } from "./queue.ts";

test.skipIf(!(await answers("redis")))(
  "a hand-out whose script must be sent first counts no attempt when its shard changes hands meanwhile",
  async () => {
    await using server = await RedisServer.start();
    await using line = await Line.to(server.url);
    const one = await openRedisQueue(line.through(server.url), { leaseMs: 30_000 });
    const next = await openRedisQueue(server.url, { leaseMs: 30_000 });
    const sent = messages("message", 2);
    const shards = new Set(sent.map((message) => shardOf(message, sharedShards)));
    await ownAll(one);
    await one.receive(1, AbortSignal.timeout(100));
    await next.send(sent);
    line.hold();
    const receiving = one.receive(10, never);
    await server.command("SCRIPT", "FLUSH");
    // So that giving back could overtake the hand-out.
    await server.command("SCRIPT", "LOAD", giveBackScript.text);

    const left = one.own(allShards.filter((shard) => !shards.has(shard)));
    line.flow();
    await left;

    await next.own([...shards]);
    expect(attemptsOf(await collect(next, 2, { withinMs: 3_000 }))).toEqual([1, 1]);
    expect(await receiving).toEqual([]);
    await Promise.all([one.close(), next.close()]);
  },
);
