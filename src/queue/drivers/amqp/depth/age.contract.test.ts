import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { withNames } from "../../../../../test/support/drivers/amqp-harness.ts";
import { answers } from "../../../../../test/support/servers/engines.ts";
import { collect, messages, ownAll, takeOne } from "../../../../testing/queue-driver/harness.ts";
import { openAmqpQueue } from "../queue.ts";

test.skipIf(!(await answers("amqp")))(
  "what waits behind what was handed out is no older than that, also where something waits all the time",
  () =>
    withNames(async ({ url }) => {
      const driver = await openAmqpQueue(`${url}&prefetch=1`, { leaseMs: 30_000 });
      await driver.send(messages("old", 1));
      // From now on the queue is known to hold something.
      expect((await driver.depth()).messages).toBe(1);
      await sleep(500);
      const sentAt = Date.now();
      await driver.send(messages("new", 2));
      await ownAll(driver);

      await driver.ack([await takeOne(driver)]);
      await collect(driver, 1);

      const { messages: count, oldestAgeMs } = await driver.depth();
      expect(count).toBe(2);
      expect(oldestAgeMs).toBeLessThanOrEqual(Date.now() - sentAt);
      await driver.close();
    }),
);
