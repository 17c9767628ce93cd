import { expect, test } from "vitest";
import { freePort } from "../../../test/support/network/free-port.ts";
import { driverOpeners } from "../../../test/support/drivers/two-drivers.ts";
import { QueueUnavailableError } from "../../errors.ts";
import { aMessage } from "../../testing/builders.ts";
import { never } from "../../testing/queue-driver/harness.ts";
import type { Delivery, QueueDriver } from "../driver.ts";

/** Who owns nothing has nothing to ask some servers for, and nothing to tell others. */
const engines = [
  { engine: "postgres", needless: ["receive"] },
  { engine: "amqp", needless: [] },
  { engine: "redis", needless: ["receive"] },
  { engine: "nats", needless: ["ack", "retry"] },
] as const;

const delivery: Delivery = { receipt: "1", attempt: 1, message: aMessage() };

const calls = {
  send: (queue) => queue.send([aMessage()]),
  own: (queue) => queue.own([1]),
  reserve: (queue) => queue.reserve({ name: "one", isShared: false }),
  receive: (queue) => queue.receive(1, never),
  ack: (queue) => queue.ack([delivery]),
  retry: (queue) => queue.retry(delivery, { delayMs: 0, attempt: 2 }),
  extend: (queue) => queue.extend([delivery]),
  depth: (queue) => queue.depth(),
  report: (queue) => queue.report(),
} satisfies Record<string, (queue: QueueDriver) => Promise<unknown>>;

test.for(engines)("$engine: each call says that the server is away", async ({ engine, needless }) => {
  const queue = await driverOpeners[engine](`${engine}://127.0.0.1:${await freePort()}`, { leaseMs: 30_000 });

  const answers = Object.entries(calls).map(async ([name, call]) => {
    const error = await call(queue).then(String, (reason: unknown) => reason);
    return error instanceof QueueUnavailableError ? [] : [name];
  });

  expect((await Promise.all(answers)).flat()).toEqual(needless);
  await queue.close();
});
