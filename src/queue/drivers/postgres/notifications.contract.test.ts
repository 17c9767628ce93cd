import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { answers, engineUrls } from "../../../../test/support/servers/engines.ts";
import { Line } from "../../../../test/support/network/line.ts";
import { ownSchema } from "../../../../test/support/drivers/postgres-harness.ts";
import { aMessage } from "../../../testing/builders.ts";
import { eventually } from "../../../testing/eventually.ts";
import { never, ownAll } from "../../../testing/queue-driver/harness.ts";
import type { QueueDriver } from "../../driver.ts";
import { openPostgresQueue } from "./queue.ts";

const isThere = await answers("postgres");
const options = { leaseMs: 30_000 };

/** Forgets all that waits. */
async function drain(consumer: QueueDriver): Promise<void> {
  for (;;) {
    const left = await consumer.receive(10, never);
    if (left.length === 0) return;
    await consumer.ack(left);
  }
}

/** How long a message takes at most to one who waits already, in ms. */
async function slowestOf(tries: number, sender: QueueDriver, consumer: QueueDriver): Promise<number> {
  await drain(consumer);
  let slowest = 0;
  for (let each = 0; each < tries; each += 1) {
    const waiting = consumer.receive(1, never);
    await sleep(300);
    const sentAt = performance.now();
    await sender.send([aMessage()]);
    const deliveries = await waiting;
    slowest = Math.max(slowest, performance.now() - sentAt);
    await consumer.ack(deliveries);
  }
  return slowest;
}

test.skipIf(!isThere)(
  "who waits for messages is told of them again after its line went dead without a word",
  { timeout: 60_000 },
  async () => {
    await using schema = ownSchema();
    await using line = await Line.to(engineUrls.postgres);
    const [sender, consumer] = [
      await openPostgresQueue(schema.url, options),
      await openPostgresQueue(line.through(schema.url), options),
    ];
    await ownAll(consumer);
    await eventually(async () => expect(await slowestOf(3, sender, consumer)).toBeLessThan(400));

    line.stall();

    await eventually(async () => expect(await slowestOf(3, sender, consumer)).toBeLessThan(400), 25_000);
    await Promise.all([sender.close(), consumer.close()]);
  },
);
