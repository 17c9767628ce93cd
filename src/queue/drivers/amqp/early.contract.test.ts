import assert from "node:assert/strict";
import { expect, test } from "vitest";
import { type AmqpHarness, withClient, withNames } from "../../../../test/support/drivers/amqp-harness.ts";
import { answers, engineUrls } from "../../../../test/support/servers/engines.ts";
import { shardOf } from "../../../event/shard.ts";
import {
  collect,
  messageOf,
  messages,
  owned,
  takeOne,
  textsOf,
} from "../../../testing/queue-driver/harness.ts";
import { sharedShards, type QueueDriver } from "../../driver.ts";
import { openAmqpQueue } from "./queue.ts";

const isThere = await answers("amqp");

/** Holds ten messages of a shard at most. */
const holdingTen = ({ url }: AmqpHarness): Promise<QueueDriver> =>
  owned(openAmqpQueue(`${url}&prefetch=10`, { leaseMs: 30_000 }));

test.skipIf(!isThere)("what is early keeps its place for the next worker, however long it is to wait", () =>
  withNames(async (harness) => {
    const worker = await holdingTen(harness);
    await worker.send(messages("message", 12));
    for (const early of await collect(worker, 10)) {
      await worker.retry(early, { delayMs: 70_000, attempt: early.attempt });
    }
    await worker.close();

    const next = await collect(await owned(harness.open()), 12);

    expect(textsOf(next)).toEqual(Array.from({ length: 12 }, (_, place) => `message ${place}`));
  }),
);

test.skipIf(!isThere)(
  "messages that a newer version must read are not in the way of others, however many",
  () =>
    withNames(async (harness) => {
      const worker = await holdingTen(harness);
      const readable = messageOf("readable");
      await withClient(engineUrls.amqp, async (client) => {
        const publisher = client.createPublisher({ confirm: true });
        const way = harness.names.way(shardOf(readable, sharedShards), 0);
        const newer = { ...way, durable: true, headers: { "hookwell-format": 9 } };
        for (let count = 0; count < 20; count += 1) await publisher.send(newer, Buffer.from("newer"));
        await publisher.close();
      });
      await worker.send([readable]);

      for (let count = 0; count < 20; count += 1) {
        const unreadable = await takeOne(worker);
        assert.ok(unreadable.message instanceof RangeError);
        await worker.retry(unreadable, { delayMs: 60_000, attempt: unreadable.attempt });
      }

      expect(textsOf([await takeOne(worker)])).toEqual(["readable"]);
    }),
);
