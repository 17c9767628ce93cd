import type { Channel } from "rabbitmq-client";
import { afterEach, expect, test, vi } from "vitest";
import { AmqpCounts } from "./counts.ts";
import { AmqpDepth } from "./depth.ts";
import { AmqpNames } from "./names.ts";

afterEach(() => vi.useRealTimers());

test("a count for which nobody waits any more asks nothing more", async () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  const queueDeclare = vi.fn(async () => {
    vi.advanceTimersByTime(1_000);
    return { messageCount: 0, consumerCount: 1 };
  });
  const names = new AmqpNames("test");
  const counts = new AmqpCounts(names, () => ({ held: 0, oldestSentAt: null }));
  const depth = new AmqpDepth(names, counts, () => false);

  await expect(depth.count({ queueDeclare } as unknown as Channel)).rejects.toThrow("late");

  expect(queueDeclare).toHaveBeenCalledTimes(5);
});
