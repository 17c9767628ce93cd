import { expect, test } from "vitest";
import { answers } from "../../../../test/support/servers/engines.ts";
import { redisQueueHarness } from "../../../../test/support/drivers/redis-harness.ts";
import { collect, messages, owned } from "../../../testing/queue-driver/harness.ts";

/** A script of Redis can give a command fewer arguments than this. */
const many = 10_000;

test.skipIf(!(await answers("redis")))(
  "however many are acknowledged in one call, all of them are forgotten",
  async () => {
    const harness = await redisQueueHarness();
    const queue = await owned(harness.open());
    await queue.send(messages("message", many));
    const deliveries = await collect(queue, many, { max: 1_000, withinMs: 30_000 });

    await queue.ack(deliveries);

    expect((await queue.depth()).messages).toBe(0);
    await harness.dispose();
  },
);
