import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { answers } from "../../../../test/support/servers/engines.ts";
import {
  redisQueueHarness,
  type TwoWorkers,
  twoWorkers,
} from "../../../../test/support/drivers/redis-harness.ts";
import { shardOf } from "../../../event/shard.ts";
import { eventually } from "../../../testing/eventually.ts";
import {
  attemptsOf,
  collect,
  messages,
  never,
  ownAll,
  owned,
  takeOne,
  textsOf,
} from "../../../testing/queue-driver/harness.ts";
import { allShards } from "../../driver.ts";
import { giveBackScript } from "./scripts/handover-scripts.ts";

const isThere = await answers("redis");

/** The first worker has asked for two messages, whose shards it is about to leave, and the line keeps the answer. */
async function handOutOnItsWay({ workers: [one, next] }: TwoWorkers, keep: () => void) {
  await ownAll(one);
  const sent = messages("message", 2);
  const shards = [...new Set(sent.map((message) => shardOf(message, one.shards)))];
  await next.send(sent);
  keep();
  const others = allShards.filter((shard) => !shards.includes(shard));
  return { one, next, shards, others, receiving: one.receive(10, never) };
}

test.skipIf(!isThere)(
  "a hand-out that is slow on its way keeps nothing from the worker that has the shards next",
  async () => {
    await using two = await twoWorkers();
    const [one, next] = two.workers;
    await ownAll(one);
    two.line.hold();
    const receiving = one.receive(10, never);

    const handOver = async (): Promise<void> => {
      await one.own([]);
      await ownAll(next);
      await next.send(messages("message", 2));
    };
    const handedOver = handOver();
    await sleep(300);
    two.line.flow();
    await handedOver;

    expect(textsOf(await collect(next, 2, { withinMs: 3_000 }))).toEqual(["message 0", "message 1"]);
    expect(await receiving).toEqual([]);
  },
);

test.skipIf(!isThere)(
  "what a worker was handed that hung and lost its shards meanwhile is handed on as soon as it knows",
  async () => {
    await using two = await twoWorkers();
    const [hung, next] = two.workers;
    await ownAll(hung);
    await ownAll(next);
    await next.send(messages("message", 1));
    const known = await collect(hung, 1);
    two.line.hold();
    const receiving = hung.receive(10, never);
    await next.send(messages("later", 2));

    const given = hung.own([]);
    two.line.flow();
    await given;

    const deliveries = await collect(next, 3, { withinMs: 3_000 });
    expect(textsOf(deliveries)).toEqual(["message 0", "later 0", "later 1"]);
    expect(await receiving).toEqual([]);
    await hung.ack(known);
    await next.ack(deliveries);
    expect((await next.depth()).messages).toBe(0);
  },
);

test.skipIf(!isThere)(
  "a hand-out that is slow on its way counts no attempt when its shard changes hands meanwhile",
  async () => {
    await using two = await twoWorkers();
    const { one, next, shards, others, receiving } = await handOutOnItsWay(two, () => two.line.hold());

    const left = one.own(others);
    two.line.flow();
    await left;
    await next.own(shards);

    expect(attemptsOf(await collect(next, 2, { withinMs: 3_000 }))).toEqual([1, 1]);
    expect(await receiving).toEqual([]);
  },
);

test.skipIf(!isThere)(
  "a hand-out whose answer is late counts no attempt when its shard could be left only at the second try",
  async () => {
    await using two = await twoWorkers();
    const { one, next, shards, others, receiving } = await handOutOnItsWay(two, () =>
      two.line.slowDown(6_000),
    );

    await expect(one.own(others)).rejects.toThrow();
    two.line.slowDown(0);
    await eventually(() => one.own(others));
    await next.own(shards);

    expect(attemptsOf(await collect(next, 2, { withinMs: 3_000 }))).toEqual([1, 1]);
    expect(await receiving).toEqual([]);
  },
);

test.skipIf(!isThere)(
  "who gives up all gives up also what it was handed of shards that it has left before, and counts that",
  async () => {
    const harness = await redisQueueHarness();
    const [one, other] = [await harness.open(), await harness.open()];
    await ownAll(one);
    // As if it had taken the first one for dead.
    await ownAll(other);
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

test.skipIf(!isThere)(
  "who could not say that it gives up all does so the next time, and others have it at once",
  async () => {
    await using two = await twoWorkers();
    const [hung, next] = two.workers;
    await ownAll(hung);
    await ownAll(next);
    await next.send(messages("message", 1));
    await collect(hung, 1);
    two.line.breakAt(giveBackScript.sha);
    await expect(hung.own([])).rejects.toThrow();

    await eventually(() => hung.own([]));

    const [again] = await collect(next, 1, { withinMs: 3_000 });
    expect(again?.attempt).toBe(2);
  },
);

test.skipIf(!isThere)(
  "what comes too late for the call that asked for it is handed to nobody who has given its shards up",
  async () => {
    await using two = await twoWorkers();
    const [one, next] = two.workers;
    await ownAll(one);
    await next.send(messages("message", 2));
    two.line.hold();
    expect(await one.receive(10, never)).toEqual([]);
    two.line.flow();
    // Answered behind it.
    await one.depth();

    await one.own([]);

    await ownAll(next);
    const deliveries = await collect(next, 2, { withinMs: 3_000 });
    expect(deliveries.map(({ attempt }) => attempt)).toEqual([1, 1]);
    expect(await one.receive(10, never)).toEqual([]);
  },
);

test.skipIf(!isThere)("who closes while a hand-out is on its way hands on nothing of it", async () => {
  await using two = await twoWorkers();
  const [one, next] = two.workers;
  await next.send(messages("message", 2));
  await ownAll(one);
  two.line.hold();
  const receiving = one.receive(10, never);

  const closing = one.close();
  two.line.flow();
  await closing;

  expect(await receiving).toEqual([]);
  await ownAll(next);
  expect(textsOf(await collect(next, 2, { withinMs: 3_000 }))).toEqual(["message 0", "message 1"]);
});

test.skipIf(!isThere)("a retry by who has lost the shard leaves the event with its new owner", async () => {
  const harness = await redisQueueHarness();
  const [slow, next] = [await owned(harness.open()), await harness.open()];
  await slow.send(messages("message", 1));
  const late = await takeOne(slow);
  await ownAll(next);
  const held = await takeOne(next);

  await slow.retry(late, { delayMs: 0, attempt: 2 });

  expect(await next.receive(10, never)).toEqual([]);
  await next.ack([held]);
  expect((await next.depth()).messages).toBe(0);
  await harness.dispose();
});
