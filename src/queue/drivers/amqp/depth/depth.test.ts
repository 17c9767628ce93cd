import type { Channel } from "rabbitmq-client";
import { afterEach, expect, test, vi } from "vitest";
import { AmqpCounts } from "./counts.ts";
import { AmqpDepth } from "./depth.ts";
import { AmqpNames } from "../topology/names.ts";

afterEach(() => vi.useRealTimers());

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
  const queueDeclare = async ({ queue }: { readonly queue: string }) => ({
    messageCount: queue === filled ? 1 : 0,
    consumerCount: 1,
  });
  const names = new AmqpNames("test");
  const counts = new AmqpCounts(names, () => ({ held: 0, oldestSentAt: Infinity }));
  const depth = new AmqpDepth(names, counts, () => false);
  const channel = { queueDeclare } as unknown as Channel;
  await depth.count([channel]);

  vi.advanceTimersByTime(3_600_000);

  expect(await depth.count([channel])).toEqual({ messages: 1, oldestAgeMs });
});
