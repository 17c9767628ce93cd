import { expect, test } from "vitest";
import { answers } from "../../../../../test/support/servers/engines.ts";
import { RedisServer } from "../../../../../test/support/servers/redis-server.ts";
import { redisQueueHarness } from "../../../../../test/support/drivers/redis-harness.ts";
import type { Message } from "../../../../event/message.ts";
import { shardOf } from "../../../../event/shard.ts";
import { aMessage } from "../../../../testing/builders.ts";
import {
  collect,
  messageOf,
  messages,
  never,
  opened,
  ownAll,
  owned,
  textsOf,
} from "../../../../testing/queue-driver/harness.ts";
import type { Delivery } from "../../../driver.ts";
import { openRedisQueue } from "../queue.ts";

const isThere = await answers("redis");
const megabyte = 1_000_000;

const sizeOf = (deliveries: readonly Delivery[]): number =>
  deliveries.reduce((sum, delivery) => sum + opened(delivery).body.length, 0);
const numbersOf = (deliveries: readonly Delivery[]): number[] =>
  deliveries.map((delivery) => opened(delivery).body[0] ?? -1);

test.skipIf(!isThere).for([
  { which: "new", isRetried: false },
  { which: "tried again", isRetried: true },
])("large events that are $which are handed out in parts that arrive in time", async ({ isRetried }) => {
  const harness = await redisQueueHarness();
  const queue = await owned(harness.open());
  for (let number = 0; number < 60; number += 1) {
    await queue.send([messageOf(new Uint8Array(megabyte).fill(number))]);
  }
  const receive = async (): Promise<readonly Delivery[]> => {
    const deliveries: Delivery[] = [];
    while (deliveries.length < 60) {
      const part = await queue.receive(1_000, never);
      expect(sizeOf(part)).toBeLessThan(40 * megabyte);
      deliveries.push(...part);
    }
    return deliveries;
  };

  let deliveries = await receive();
  if (isRetried) {
    for (const delivery of deliveries) await queue.retry(delivery, { delayMs: 0, attempt: 1 });
    deliveries = await receive();
  }

  expect(numbersOf(deliveries)).toEqual(Array.from({ length: 60 }, (_, number) => number));
  await harness.dispose();
});

test.skipIf(!isThere)(
  "what was sent back as too early is handed out before the rest of what was taken over",
  async () => {
    const harness = await redisQueueHarness();
    const [hung, next] = [await harness.open(), await harness.open()];
    await ownAll(hung);
    await hung.send(messages("message", 4));
    await collect(hung, 4);
    await ownAll(next);
    for (const one of await collect(next, 2, { max: 1 })) {
      await next.retry(one, { delayMs: 0, attempt: one.attempt });
    }

    const deliveries = await collect(next, 4, { max: 1, withinMs: 8_000 });

    expect(textsOf(deliveries)).toEqual(["message 0", "message 1", "message 2", "message 3"]);
    await harness.dispose();
  },
);

test.skipIf(!isThere)(
  "of large events the server has a few more in its memory, and not all that wait",
  async () => {
    await using server = await RedisServer.start("--appendfsync", "always");
    const queue = await openRedisQueue(server.url, { leaseMs: 30_000 });
    const mostUsed = async (): Promise<number> =>
      Number(/used_memory_peak:(\d+)/.exec(String(await server.command("INFO", "memory")))?.[1]);
    await ownAll(queue);
    for (let number = 0; number < 40; number += 1) {
      await queue.send([messageOf(new Uint8Array(4 * megabyte).fill(number))]);
    }
    const before = await mostUsed();

    for (const isRetried of [false, true]) {
      const deliveries = await collect(queue, 40, { withinMs: 20_000 });
      if (isRetried) await queue.ack(deliveries);
      else for (const delivery of deliveries) await queue.retry(delivery, { delayMs: 0, attempt: 2 });
    }

    expect((await mostUsed()) - before).toBeLessThan(100 * megabyte);
    await queue.close();
  },
);

test.skipIf(!isThere)("however much waits in one shard, the others are handed out meanwhile", async () => {
  const harness = await redisQueueHarness();
  const queue = await owned(harness.open());
  const shardsOf = (some: readonly Message[]): Set<number> =>
    new Set(some.map((message) => shardOf(message, queue.shards)));
  const sent = Array.from({ length: 320 }, (_, number) => aMessage({ entity: `message:${number % 8}` }));
  await queue.send(sent);

  const handedOut: Message[] = [];
  for (let times = 0; times < queue.shards; times += 1) {
    handedOut.push(...(await queue.receive(10, never)).map(opened));
  }

  expect(shardsOf(handedOut)).toEqual(shardsOf(sent));
  await harness.dispose();
});
