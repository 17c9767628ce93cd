import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { answers, engineUrls } from "../../../../test/support/engines.ts";
import { Line } from "../../../../test/support/line.ts";
import { deleteRedisKeys, redisQueueHarness } from "../../../../test/support/redis-harness.ts";
import { shardOf } from "../../../event/shard.ts";
import { collect, messages, never, ownAll, textsOf } from "../../../testing/queue-driver/harness.ts";
import { openRedisQueue } from "./queue.ts";

const isThere = await answers("redis");

test.skipIf(!isThere)(
  "a hand-out that is slow on its way keeps nothing from the worker that has the shards next",
  async () => {
    const name = `test-${crypto.randomUUID()}`;
    const url = `${engineUrls.redis}?name=${name}`;
    await using line = await Line.to(engineUrls.redis);
    const [one, next] = [
      await openRedisQueue(line.through(url), { leaseMs: 30_000 }),
      await openRedisQueue(url, { leaseMs: 30_000 }),
    ];
    await ownAll(one);
    line.hold();
    const receiving = one.receive(10, never);

    const handOver = async (): Promise<void> => {
      await one.own([]);
      await ownAll(next);
      await next.send(messages("message", 2));
    };
    const handedOver = handOver();
    await sleep(300);
    line.flow();
    await handedOver;

    expect(textsOf(await collect(next, 2, { withinMs: 3_000 }))).toEqual(["message 0", "message 1"]);
    expect(await receiving).toEqual([]);
    await Promise.all([one.close(), next.close()]);
    await deleteRedisKeys(engineUrls.redis, name);
  },
);

test.skipIf(!isThere)(
  "what a worker was handed that hung and lost its shards meanwhile is handed on as soon as it knows",
  async () => {
    const name = `test-${crypto.randomUUID()}`;
    const url = `${engineUrls.redis}?name=${name}`;
    await using line = await Line.to(engineUrls.redis);
    const [hung, next] = [
      await openRedisQueue(line.through(url), { leaseMs: 30_000 }),
      await openRedisQueue(url, { leaseMs: 30_000 }),
    ];
    await ownAll(hung);
    await ownAll(next);
    await next.send(messages("message", 1));
    const known = await collect(hung, 1);
    line.hold();
    const receiving = hung.receive(10, never);
    await next.send(messages("later", 2));

    const given = hung.own([]);
    line.flow();
    await given;

    const deliveries = await collect(next, 3, { withinMs: 3_000 });
    expect(textsOf(deliveries)).toEqual(["message 0", "later 0", "later 1"]);
    expect(await receiving).toEqual([]);
    await hung.ack(known);
    await next.ack(deliveries);
    expect((await next.depth()).messages).toBe(0);
    await Promise.all([hung.close(), next.close()]);
    await deleteRedisKeys(engineUrls.redis, name);
  },
);

test.skipIf(!isThere)(
  "a hand-out that is slow on its way counts no attempt when its shard changes hands meanwhile",
  async () => {
    const name = `test-${crypto.randomUUID()}`;
    const url = `${engineUrls.redis}?name=${name}`;
    await using line = await Line.to(engineUrls.redis);
    const [one, next] = [
      await openRedisQueue(line.through(url), { leaseMs: 30_000 }),
      await openRedisQueue(url, { leaseMs: 30_000 }),
    ];
    await next.own([]);
    await ownAll(one);
    const sent = messages("message", 2);
    const shards = new Set(sent.map((message) => shardOf(message, one.shards)));
    await next.send(sent);
    line.hold();
    const receiving = one.receive(10, never);

    const left = one.own([...Array(one.shards).keys()].filter((shard) => !shards.has(shard)));
    line.flow();
    await left;
    await next.own([...shards]);

    const deliveries = await collect(next, 2, { withinMs: 3_000 });
    expect(deliveries.map(({ attempt }) => attempt)).toEqual([1, 1]);
    expect(await receiving).toEqual([]);
    await Promise.all([one.close(), next.close()]);
    await deleteRedisKeys(engineUrls.redis, name);
  },
);

test.skipIf(!isThere)(
  "who gives up all gives up also what it was handed of shards that it has left before, and counts that",
  async () => {
    const harness = await redisQueueHarness();
    const [one, other] = [await harness.open(), await harness.open()];
    await ownAll(one);
    const sent = messages("message", 2);
    const shards = new Set(sent.map((message) => shardOf(message, one.shards)));
    await one.send(sent);
    await collect(one, 2);
    await one.own([...Array(one.shards).keys()].filter((shard) => !shards.has(shard)));

    await one.own([]);

    const deliveries = await collect(other, 2, { withinMs: 3_000 });
    expect(deliveries.map(({ attempt }) => attempt)).toEqual([2, 2]);
    await harness.dispose();
  },
);

test.skipIf(!isThere)("who closes while a hand-out is on its way hands on nothing of it", async () => {
  const name = `test-${crypto.randomUUID()}`;
  const url = `${engineUrls.redis}?name=${name}`;
  await using line = await Line.to(engineUrls.redis);
  const [one, next] = [
    await openRedisQueue(line.through(url), { leaseMs: 30_000 }),
    await openRedisQueue(url, { leaseMs: 30_000 }),
  ];
  await next.send(messages("message", 2));
  line.hold();
  const receiving = one.receive(10, never);

  const closing = one.close();
  line.flow();
  await closing;

  expect(await receiving).toEqual([]);
  expect(textsOf(await collect(next, 2, { withinMs: 3_000 }))).toEqual(["message 0", "message 1"]);
  await next.close();
  await deleteRedisKeys(engineUrls.redis, name);
});
