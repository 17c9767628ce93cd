import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { promptly, timed } from "../eventually.ts";
import {
  assertSilent,
  collect,
  messageOf,
  messages,
  never,
  owned,
  type QueueCase,
  textsOf,
} from "./harness.ts";

/** A closed driver is done; the storage is not. */
export const closingCases: readonly QueueCase[] = [
  {
    name: "ends a waiting call with an empty list when it is closed",
    run: async ({ open }) => {
      await promptly(700, async () => {
        const driver = await owned(open());
        const waiting = timed(() => driver.receive(10, never));
        await sleep(50);
        await driver.close();
        const { ms, value: deliveries } = await waiting;
        assert.deepEqual(deliveries, []);
        return ms - 50;
      });
    },
  },
  {
    name: "may be closed twice, also at the same time",
    run: async ({ open }) => {
      const driver = await open();

      await Promise.all([driver.close(), driver.close()]);
      await driver.close();

      await (await open()).send([messageOf("the storage is still there")]);
    },
  },
  {
    name: "keeps what a send promised that was under way when it was closed",
    run: async ({ open }) => {
      const driver = await open();
      const sends = Promise.allSettled(messages("message", 20).map((message) => driver.send([message])));

      await driver.close();

      const outcomes = await sends;
      const promised = outcomes.flatMap(({ status }, index) =>
        status === "fulfilled" ? [`message ${index}`] : [],
      );
      const reopened = await owned(open());
      // Messages whose send was rejected may be there all the same.
      const received = await collect(reopened, (await reopened.depth()).messages);
      const missing = promised.filter((text) => !textsOf(received).includes(text));
      assert.deepEqual(missing, []);
    },
  },
  {
    name: "neither loses nor doubles what is under way to be retried when it is closed",
    run: async ({ open }) => {
      const driver = await owned(open());
      await driver.send(messages("message", 100));
      const deliveries = await collect(driver, 100);
      const retries = Promise.allSettled(
        deliveries.map((delivery) => driver.retry(delivery, { delayMs: 500, attempt: 2 })),
      );

      await driver.close();

      await retries;
      const reopened = await owned(open());
      const again = textsOf(await collect(reopened, 100));
      assert.equal(new Set(again).size, 100);
      await assertSilent(reopened, 1_000);
    },
  },
  {
    name: "keeps all that was not acknowledged when it is closed and opened again",
    run: async ({ open }) => {
      const driver = await owned(open());
      await driver.send(messages("message", 10));
      const deliveries = await collect(driver, 6);
      await driver.ack(deliveries.slice(0, 3));

      await driver.close();

      const reopened = await owned(open());
      assert.equal((await reopened.depth()).messages, 7);
      const rest = textsOf(await collect(reopened, 7));
      assert.deepEqual(
        rest.toSorted(),
        [3, 4, 5, 6, 7, 8, 9].map((index) => `message ${index}`),
      );
    },
  },
];
