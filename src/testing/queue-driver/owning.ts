import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { shardOf } from "../../event/shard.ts";
import { aMessage } from "../builders.ts";
import {
  assertEmpty,
  assertSilent,
  attemptsOf,
  collect,
  messages,
  never,
  opened,
  ownAll,
  owned,
  type QueueCase,
  takeOne,
  textsOf,
} from "./harness.ts";

/** Which process is handed which messages, and how they are counted, when several share them. */
export const owningCases: readonly QueueCase[] = [
  {
    name: "hands a consumer only messages of the shards that it owns",
    run: async ({ open }) => {
      const driver = await open();
      const sent = Array.from({ length: 60 }, () => aMessage());
      await driver.send(sent);
      const shards = Array.from({ length: driver.shards }, (_, shard) => shard);
      const half = shards.filter((shard) => shard % 2 === 1);
      const mine = sent.filter((message) => half.includes(shardOf(message, driver.shards)));

      await driver.own(half);
      const first = await collect(driver, mine.length);
      await assertSilent(driver, 300);
      await driver.own(shards);
      const rest = await collect(driver, sent.length - mine.length);

      const idsOf = (some: typeof first): string[] => some.map((one) => opened(one).eventId).toSorted();
      assert.deepEqual(idsOf(first), mine.map(({ eventId }) => eventId).toSorted());
      assert.deepEqual(idsOf([...first, ...rest]), sent.map(({ eventId }) => eventId).toSorted());
    },
  },
  {
    name: "hands nothing to a consumer that owns nothing yet or nothing any more",
    run: async ({ open }) => {
      const [idle, other] = [await open(), await open()];
      await idle.send(messages("message", 2));

      await assertSilent(idle, 300);

      await ownAll(idle);
      await idle.own([]);
      await assertSilent(idle, 300);
      await ownAll(other);
      assert.deepEqual(textsOf(await collect(other, 2)), ["message 0", "message 1"]);
    },
  },
  {
    name: "hands nothing to a consumer that is giving up all",
    run: async ({ open }) => {
      const driver = await owned(open());
      await driver.send(messages("message", 10));
      await collect(driver, 1);
      // A driver that is sent messages in advance has the others by then.
      await sleep(300);

      const [, late] = await Promise.all([driver.own([]), driver.receive(10, never)]);

      assert.deepEqual(textsOf(late), []);
    },
  },
  {
    name: "hands out again, to a consumer that lost its shards and has them back, what it was handed before",
    run: async ({ open }) => {
      const driver = await owned(open());
      await driver.send(messages("message", 2));
      await collect(driver, 2);

      await driver.own([]);
      await ownAll(driver);

      const deliveries = await collect(driver, 2, { withinMs: 3_000 });
      assert.deepEqual(textsOf(deliveries), ["message 0", "message 1"]);
      await driver.ack(deliveries);
      await assertEmpty(driver);
    },
  },
  {
    name: "leaves to its new owner, when a consumer closes that lost its shards, what both were handed",
    run: async ({ open }) => {
      const [lost, next] = [await owned(open()), await open()];
      await lost.send(messages("message", 3));
      await collect(lost, 3);
      await lost.own([]);
      await ownAll(next);
      const deliveries = await collect(next, 3, { withinMs: 3_000 });

      await lost.close();

      await assertSilent(next, 300);
      await next.ack(deliveries);
      await assertEmpty(next);
    },
  },
  {
    name: "counts no attempt for what was sent back as too early when its shard changes hands, and keeps its order",
    run: async ({ open }) => {
      const [busy, next] = [await owned(open()), await open()];
      const sent = messages("message", 4);
      const shards = new Set(sent.map((message) => shardOf(message, busy.shards)));
      await busy.send(sent);
      const [done, ...early] = await collect(busy, 4);
      assert.ok(done !== undefined);

      // As a worker does that has too many: what it has begun with is finished, and the rest goes back.
      await busy.own([...Array(busy.shards).keys()].filter((shard) => !shards.has(shard)));
      await busy.send(messages("later", 1));
      for (const one of early.toReversed()) await busy.retry(one, { delayMs: 0, attempt: one.attempt });
      await busy.ack([done]);
      await next.own([...shards]);

      const deliveries = await collect(next, 4, { max: 1, withinMs: 3_000 });
      assert.deepEqual(textsOf(deliveries), ["message 1", "message 2", "message 3", "later 0"]);
      assert.deepEqual(attemptsOf(deliveries), [1, 1, 1, 1]);
    },
  },
  {
    name: "counts no attempt for a retry that was due and that nobody was handed, when its shard changes hands",
    run: async ({ open }) => {
      const [hung, next] = [await owned(open()), await open()];
      await hung.send(messages("message", 1));
      const [failed] = await collect(hung, 1);
      assert.ok(failed !== undefined);
      await hung.retry(failed, { delayMs: 50, attempt: 2 });
      await sleep(300);

      await ownAll(next);

      const [delivery] = await collect(next, 1, { withinMs: 8_000 });
      assert.equal(delivery?.attempt, 2);
    },
  },
  {
    name: "hands out at once what had failed and was sent back as too early, for later, when its shard changes hands",
    run: async ({ open }) => {
      const [first, next] = [await owned(open()), await open()];
      await first.send(messages("message", 1));
      const failed = await takeOne(first);
      await first.retry(failed, { delayMs: 20, attempt: 2 });
      const early = await takeOne(first);
      await first.retry(early, { delayMs: 45_000, attempt: early.attempt });

      await ownAll(next);

      await collect(next, 1, { withinMs: 8_000 });
    },
  },
];
