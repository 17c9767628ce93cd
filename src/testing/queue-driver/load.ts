import assert from "node:assert/strict";
import type { QueueDriver } from "../../queue/driver.ts";
import { aMessage } from "../builders.ts";
import { assertEmpty, messages, type QueueCase, textsOf } from "./harness.ts";

const total = 10_000;

/** Many messages and several consumers. */
export const loadCases: readonly QueueCase[] = [
  {
    name: "hands each of 10,000 messages to exactly one of 3 consumers",
    run: async ({ open }) => {
      const [sender, ...consumers] = [await open(), await open(), await open(), await open()];
      const third = (at: number): readonly number[] =>
        [...Array(sender.shards).keys()].filter((shard) => shard % consumers.length === at);
      await Promise.all(consumers.map((consumer, at) => consumer.own(third(at))));
      const everything = messages("message", total).map((message) => aMessage({ body: message.body }));
      const seen: string[] = [];
      const finished = new AbortController();

      const consume = async (consumer: QueueDriver): Promise<void> => {
        while (!finished.signal.aborted) {
          const deliveries = await consumer.receive(200, finished.signal);
          seen.push(...textsOf(deliveries));
          await consumer.ack(deliveries);
          if (seen.length >= total) finished.abort();
        }
      };
      const consuming = consumers.map(consume);
      for (let from = 0; from < total; from += 2_000) {
        const chunks = [0, 500, 1_000, 1_500].map((at) => everything.slice(from + at, from + at + 500));
        await Promise.all(chunks.map((chunk) => sender.send(chunk)));
      }
      await Promise.all(consuming);

      assert.equal(seen.length, total);
      assert.equal(new Set(seen).size, total);
      await assertEmpty(sender);
    },
  },
];
