import type { Channel } from "rabbitmq-client";
import { afterEach, expect, test, vi } from "vitest";
import { AmqpCounts } from "./counts.ts";
import { AmqpDepth } from "./depth.ts";
import { AmqpNames } from "../topology/names.ts";

afterEach(() => vi.useRealTimers());

/** A server on which a message waits in this queue, and in no other. */
function oneWaitsIn(filled: string) {
  const queueDeclare = async ({ queue }: { readonly queue: string }) => ({
    messageCount: queue === filled ? 1 : 0,
    consumerCount: 1,
  });
  const names = new AmqpNames("test");
  const counts = new AmqpCounts(names, () => ({ held: 0, oldestSentAt: Infinity }));
  const channel = { queueDeclare } as unknown as Channel;
  return { depth: new AmqpDepth(names, counts, () => false), channel };
}

test("a count for which nobody waits any more asks nothing more", async () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  const queueDeclare = vi.fn(async () => {
    vi.advanceTimersByTime(1_000);
    return { messageCount: 0, consumerCount: 1 };
  });
  const names = new AmqpNames("test");
  const counts = new AmqpCounts(names, () => ({ held: 0, oldestSentAt: Infinity }));
  const depth = new AmqpDepth(names, counts, () => false);

  await expect(depth.count([{ queueDeclare } as unknown as Channel])).rejects.toThrow("late");

  expect(queueDeclare).toHaveBeenCalledTimes(5);
});

test.each([
  ["as long as a message can be in a delay queue that is never seen empty", "test.delay.3", 800],
  ["as long as the queue of a shard was not seen empty", "test.3", 3_600_000],
])("the oldest that waits is no older than that: %s", async (_, filled, oldestAgeMs) => {
  vi.useFakeTimers({ toFake: ["Date"] });
  const { depth, channel } = oneWaitsIn(filled);
  await depth.count([channel]);

  vi.advanceTimersByTime(3_600_000);

  expect(await depth.count([channel])).toEqual({ messages: 1, oldestAgeMs });
});

test("what waits is no older than the youngest that was taken from its queue", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  const { depth, channel } = oneWaitsIn("test.3");
  await depth.count([channel]);
  vi.advanceTimersByTime(3_600_000);

  for (const [queue, ageMs] of [
    ["test.3", 2_000],
    ["test.3", 5_000],
    ["test.4", 1_000],
  ] as const)
    depth.taken(queue, Date.now() - ageMs);

  expect(await depth.count([channel])).toEqual({ messages: 1, oldestAgeMs: 2_000 });
});
