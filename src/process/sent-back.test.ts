import { expect, test } from "vitest";
import { calm } from "../../test/support/processing/cut-off.ts";
import { startProcessor } from "../../test/support/processing/processor.ts";
import { QueueUnavailableError } from "../errors.ts";
import { type Delivery, laneful, type QueueDriver } from "../queue/driver.ts";
import { aMessage } from "../testing/builders.ts";
import { chaosQueue } from "../testing/chaos.ts";
import { opened } from "../testing/queue-driver/harness.ts";
import { lateMs } from "./lanes/parked.ts";

/** For longer than a copy may be late. */
const troubleMs = lateMs + 2_000;

/** More events of one entity than a worker holds: the surplus waits in the queue. */
function aSurplus() {
  const messages = Array.from({ length: laneful + 50 }, () =>
    aMessage({ entity: "presence:busy", state: null, revision: null }),
  );
  const first = messages[laneful];
  return {
    messages,
    ids: messages.map(({ eventId }) => eventId),
    /** The first one that waits in the queue. */
    isFirst: (delivery: Delivery) => opened(delivery).eventId === first?.eventId,
  };
}

const refuse = (): never => {
  throw new QueueUnavailableError("There is no room.");
};

// Most of the time goes by in waits, so the tests may do it together.
test.concurrent(
  "nobody overtakes an event that the queue does not take back for long",
  { timeout: 60_000 },
  async () => {
    const { messages, ids, isFirst } = aSurplus();
    const until = performance.now() + troubleMs;
    const wrapQueue = (queue: QueueDriver): QueueDriver => ({
      ...chaosQueue(queue, calm),
      retry: async (delivery, options) => {
        if (isFirst(delivery) && performance.now() < until) refuse();
        await queue.retry(delivery, options);
      },
    });
    await using app = startProcessor({ wrapQueue });

    await app.put(...messages);
    await app.settled(40_000);

    expect(app.handled).toEqual(ids);
  },
);

test.concurrent(
  "nobody overtakes an event that was in the queue while that was away",
  { timeout: 60_000 },
  async () => {
    const { messages, ids, isFirst } = aSurplus();
    const away = Promise.withResolvers<void>();
    let [isAway, left] = [false, messages.length - laneful];
    let backAt = Infinity;
    const held: Delivery[] = [];
    const wrapQueue = (queue: QueueDriver): QueueDriver => ({
      ...chaosQueue(queue, calm),
      retry: async (delivery, options) => {
        await queue.retry(delivery, options);
        if ((left -= 1) > 0) return;
        isAway = left === 0 || isAway;
        away.resolve();
      },
      receive: async (max, signal) => {
        if (isAway) refuse();
        const deliveries = await queue.receive(max, signal);
        if (left > 0 || isAway) return deliveries;
        backAt = Math.min(backAt, performance.now());
        // Back again, it hands out the others first, for about as long as the first one may be late.
        held.push(...deliveries.filter(isFirst));
        const isTime = performance.now() > backAt + lateMs - 1_000;
        return [...(isTime ? held.splice(0) : []), ...deliveries.filter((delivery) => !isFirst(delivery))];
      },
    });
    await using app = startProcessor({ wrapQueue, handlers: () => away.promise });

    await app.put(...messages);
    await away.promise;
    setTimeout(() => (isAway = false), troubleMs);
    await app.settled(40_000);

    expect(app.handled).toEqual(ids);
  },
);
