import { expect, test } from "vitest";
import { answers } from "../../../../test/support/servers/engines.ts";
import { Line } from "../../../../test/support/network/line.ts";
import { RedisServer } from "../../../../test/support/servers/redis-server.ts";
import { shardOf } from "../../../event/shard.ts";
import {
  attemptsOf,
  collect,
  messageOf,
  messages,
  never,
  opened,
  ownAll,
  owned,
  takeOne,
} from "../../../testing/queue-driver/harness.ts";
import { allShards, sharedShards } from "../../driver.ts";
import { giveBackScript } from "./scripts/handover-scripts.ts";
import { openRedisQueue } from "./queue.ts";

/** A hand-out that is under way over a line that stands still, whose script the server has forgotten. */
async function handOutUnderWay() {
  const held = new AsyncDisposableStack();
  const server = held.use(await RedisServer.start());
  const line = held.use(await Line.to(server.url));
  const one = await openRedisQueue(line.through(server.url), { leaseMs: 30_000 });
  const next = await openRedisQueue(server.url, { leaseMs: 30_000 });
  held.defer(async () => {
    await Promise.all([one.close(), next.close()]);
  });
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
  return { one, next, shards, line, receiving, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

test.skipIf(!(await answers("redis")))(
  "a hand-out whose script must be sent first counts no attempt when its shard changes hands meanwhile",
  async () => {
    await using begun = await handOutUnderWay();
    const { one, next, shards, line, receiving } = begun;

    const left = one.own(allShards.filter((shard) => !shards.has(shard)));
    line.flow();
    await left;

    await next.own([...shards]);
    expect(attemptsOf(await collect(next, 2, { withinMs: 3_000 }))).toEqual([1, 1]);
    expect(await receiving).toEqual([]);
  },
);

test.skipIf(!(await answers("redis")))(
  "a hand-out whose script must be sent first counts no attempt when its consumer closes meanwhile",
  async () => {
    await using begun = await handOutUnderWay();
    const { one, next, shards, line, receiving } = begun;

    const closed = one.close();
    line.flow();
    await closed;

    await next.own([...shards]);
    expect(attemptsOf(await collect(next, 2, { withinMs: 3_000 }))).toEqual([1, 1]);
    expect(await receiving).toEqual([]);
  },
);

test.skipIf(!(await answers("redis")))(
  "what a script hands out that must be sent first has the bytes that were sent",
  async () => {
    await using server = await RedisServer.start();
    const queue = await owned(openRedisQueue(server.url, { leaseMs: 30_000 }));
    const body = Uint8Array.of(0x22, 0xff, 0x22);
    await queue.send([messageOf(body)]);
    await server.command("SCRIPT", "FLUSH");

    const delivery = await takeOne(queue);

    expect(new Uint8Array(opened(delivery).body)).toEqual(body);
    await queue.close();
  },
);
