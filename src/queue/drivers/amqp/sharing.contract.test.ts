import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { type AmqpHarness, withClient, withNames } from "../../../../test/support/drivers/amqp-harness.ts";
import { answers } from "../../../../test/support/servers/engines.ts";
import { textOfMessage } from "../../../../test/support/drivers/spill-world.ts";
import { shardOf } from "../../../event/shard.ts";
import { eventually, promptly, timed } from "../../../testing/eventually.ts";
import {
  assertEmpty,
  assertSilent,
  collect,
  messageOf,
  messages,
  opened,
  takeOne,
  textOf,
  textsOf,
} from "../../../testing/queue-driver/harness.ts";
import { allShards, type QueueDriver, sharedShards } from "../../driver.ts";
import { openAmqpQueue } from "./queue.ts";

const isThere = await answers("amqp");

/** A driver that is handed messages of all shards, some of them in advance. */
async function owner({ open }: AmqpHarness): Promise<QueueDriver> {
  const driver = await open();
  await driver.own(allShards);
  return driver;
}

describe.skipIf(!isThere)("a consumer of its own shards", () => {
  test("is handed 2,000 messages in order, and acknowledges them for good", () =>
    withNames(async (harness) => {
      const driver = await owner(harness);
      await driver.send(messages("message", 2_000));

      const seen: string[] = [];
      while (seen.length < 2_000) {
        const deliveries = await driver.receive(300, AbortSignal.timeout(5_000));
        seen.push(...textsOf(deliveries));
        await driver.ack(deliveries);
      }

      expect(seen).toEqual(Array.from({ length: 2_000 }, (_, index) => `message ${index}`));
      await assertEmpty(driver);
      await driver.close();
      await assertSilent(await owner(harness), 300);
    }));

  test("holds no more of a shard than the URL says", () =>
    withNames(async (harness) => {
      const driver = await openAmqpQueue(`${harness.url}&prefetch=10`, { leaseMs: 30_000 });
      await driver.own(allShards);
      const sent = messages("message", 60);
      const [first] = sent;
      assert.ok(first !== undefined);
      const queue = harness.names.shard(shardOf(first, sharedShards));

      await driver.send(sent);

      expect(textsOf(await collect(driver, 10))).toEqual(sent.slice(0, 10).map(textOfMessage));
      expect(await driver.receive(10, AbortSignal.timeout(200))).toEqual([]);
      await withClient(harness.url, async (client) => {
        expect((await client.queueDeclare({ queue, passive: true })).messageCount).toBe(50);
      });
      await driver.close();
    }));

  test("takes acknowledgements in any order", () =>
    withNames(async (harness) => {
      const driver = await owner(harness);
      await driver.send(messages("message", 60));
      const deliveries = await collect(driver, 60);

      await driver.ack(deliveries.filter((_, index) => index % 3 === 1));
      await driver.ack(deliveries.filter((_, index) => index % 3 === 0).toReversed());
      await driver.close();

      const rest = await collect(await owner(harness), 20);
      const expected = deliveries.filter((_, index) => index % 3 === 2).map(textOf);
      expect(textsOf(rest)).toEqual(expected);
    }));

  test("is handed what was too early in its place, with the same attempt, after its delay", () =>
    withNames(async (harness) => {
      const driver = await owner(harness);
      await driver.send(messages("message", 4));
      const [first, second, third] = await collect(driver, 3);
      assert.ok(first !== undefined && second !== undefined && third !== undefined);

      await driver.retry(third, { delayMs: 0, attempt: 1 });
      await driver.retry(first, { delayMs: 0, attempt: 1 });
      const now = await collect(driver, 3);
      expect(textsOf(now)).toEqual(["message 0", "message 2", "message 3"]);

      const { ms, value: late } = await timed(async () => {
        await driver.retry(second, { delayMs: 300, attempt: 1 });
        return takeOne(driver);
      });
      expect(ms).toBeGreaterThanOrEqual(280);
      expect([textOf(late), late.attempt, late.receipt]).toEqual(["message 1", 1, second.receipt]);
      await driver.ack([...now, late]);
      await assertEmpty(driver);
    }));

  test("is handed others although thousands wait for their time", { timeout: 60_000 }, () =>
    withNames(async (harness) => {
      const driver = await harness.open();
      const early = messages("early", 600);
      const [lane] = early;
      assert.ok(lane !== undefined);
      await driver.own([shardOf(lane, sharedShards)]);
      await driver.send([...early, messageOf("last")]);

      const seen = new Set<string>();
      await eventually(async () => {
        const deliveries = await driver.receive(50, AbortSignal.timeout(100));
        await Promise.all(
          deliveries.map(async (delivery) => {
            seen.add(textOf(delivery));
            await driver.retry(delivery, { delayMs: 30_000, attempt: delivery.attempt });
          }),
        );
        expect(seen).toContain("last");
      }, 30_000);

      expect((await driver.depth()).messages).toBe(601);
    }),
  );

  test("gives back what it holds of a shard that is no longer its own, in order", () =>
    withNames(async (harness) => {
      const [before, after] = [await owner(harness), await harness.open()];
      await before.send(messages("message", 5));
      const [held] = await collect(before, 1);
      assert.ok(held !== undefined);

      await before.own([]);
      await after.own(allShards);

      const again = await collect(after, 5);
      expect(textsOf(again)).toEqual([0, 1, 2, 3, 4].map((index) => `message ${index}`));
      await before.ack([held]);
      await before.retry(held, { delayMs: 0, attempt: 2 });
      expect((await before.depth()).messages).toBe(5);
      await after.ack(again);
      await assertEmpty(after);
    }));
});

describe.skipIf(!isThere)("a shard", () => {
  test("is handed to nobody else as long as somebody holds of it, and then from where that one was", () =>
    withNames(async (harness) => {
      const [before, after] = [await owner(harness), await owner(harness)];
      const sent = messages("message", 300);
      await before.send(sent);
      const held = await collect(before, 250);
      await before.ack(held.slice(0, 10));

      await assertSilent(after, 300);
      await before.close();

      expect(textsOf(await collect(after, 250))).toEqual(sent.slice(10, 260).map(textOfMessage));
    }));

  test("keeps its order when it changes hands while messages come", { timeout: 60_000 }, () =>
    withNames(async ({ open }) => {
      const [sender, one, other] = [await open(), await open(), await open()];
      const sent = new AbortController();
      const sending = sendNumbers(sender, sent.signal);
      const seen = new Set<number>();
      const end = performance.now() + 40_000;

      try {
        for (const driver of [one, other, one, other, one, other, one, other]) {
          await driver.own(allShards);
          const enough = seen.size + 70;
          while (seen.size < enough) {
            assert.ok(performance.now() < end, `only ${seen.size} messages came`);
            const deliveries = await driver.receive(50, AbortSignal.timeout(200));
            for (const text of textsOf(deliveries)) seen.add(Number(text));
            await driver.ack(deliveries);
          }
          await driver.own([]);
        }
      } finally {
        sent.abort();
        await sending;
      }

      expect([...seen]).toEqual(Array.from({ length: seen.size }, (_, index) => index));
    }),
  );
});

/** Sends 0, 1, 2, … in this order. */
async function sendNumbers(driver: QueueDriver, signal: AbortSignal): Promise<void> {
  for (let next = 0; !signal.aborted; next += 10) {
    await driver.send(Array.from({ length: 10 }, (_, index) => messageOf(String(next + index))));
    await sleep(1);
  }
}

describe.skipIf(!isThere)("a delay", () => {
  test.for([0, 40, 100, 350, 1_300])("a retry after %i ms comes neither early nor late", (delayMs) =>
    withNames(async (harness) => {
      const driver = await owner(harness);
      await promptly(delayMs + 900, async () => {
        await driver.send([messageOf("again")]);
        const delivery = await takeOne(driver);

        const { ms, value: again } = await timed(async () => {
          await driver.retry(delivery, { delayMs, attempt: 3 });
          return takeOne(driver);
        });

        expect(ms).toBeGreaterThanOrEqual(delayMs - 20);
        expect([again.attempt, opened(again).copy]).toEqual([3, opened(delivery).copy]);
        await driver.ack([again]);
        return ms;
      });
    }),
  );
});
