import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { aMessage } from "../builders.ts";
import { promptly, timed } from "../eventually.ts";
import {
  assertEmpty,
  messages,
  collect,
  never,
  type QueueCase,
  takeOne,
  textsOf,
  messageOf,
  owned,
} from "./harness.ts";

/** "About a second". */
const aboutASecondMs = 2_500;
/** Well under the second that a call waits at most. */
const promptlyMs = 700;

/** How long `receive` waits, and what ends the waiting. */
export const waitingCases: readonly QueueCase[] = [
  {
    name: "answers with an empty list within about a second when there is nothing",
    run: async ({ open }) => {
      const driver = await owned(open());

      await promptly(aboutASecondMs, async () => {
        const { ms, value: deliveries } = await timed(() => driver.receive(10, never));
        assert.deepEqual(deliveries, []);
        return ms;
      });
    },
  },
  {
    name: "answers promptly with fewer messages than asked for",
    run: async ({ open }) => {
      const driver = await owned(open());

      await promptly(promptlyMs, async () => {
        await driver.send(messages("message", 3));
        const { ms, value: deliveries } = await timed(() => driver.receive(100, never));
        // The machine may have stalled for longer than the call waits.
        return deliveries.length > 0 ? ms : Infinity;
      });
    },
  },
  {
    name: "never hands out more messages than asked for",
    run: async ({ open }) => {
      const driver = await owned(open());
      // Of several shards.
      await driver.send(Array.from({ length: 20 }, (_, at) => aMessage({ entity: `message:${at}` })));

      for (let left = 20; left > 0;) {
        const deliveries = await driver.receive(3, never);

        assert.ok(deliveries.length <= 3);
        left -= deliveries.length;
      }
    },
  },
  {
    name: "ends the waiting promptly when a message is sent",
    run: async ({ open }) => {
      const [waiting, sender] = [await owned(open()), await open()];
      for (const from of [sender, waiting]) {
        await promptly(promptlyMs, async () => {
          const received = timed(() => waiting.receive(10, never));
          await sleep(100);
          await from.send([messageOf("now")]);
          const { ms, value: deliveries } = await received;
          // The machine may have stalled for longer than the call waits.
          const came = deliveries.length > 0 ? deliveries : await collect(waiting, 1);
          assert.deepEqual(textsOf(came), ["now"]);
          await waiting.ack(came);
          return ms - 100;
        });
      }
    },
  },
  ...[
    { when: "a message is retried without delay", delayMs: 0 },
    { when: "the delay of a retry is over", delayMs: 100 },
  ].map(({ when, delayMs }): QueueCase => ({
    name: `ends the waiting promptly when ${when}`,
    run: async ({ open }) => {
      const driver = await owned(open());
      await driver.send([messageOf("again")]);

      await promptly(promptlyMs, async () => {
        const delivery = await takeOne(driver);
        const received = timed(() => driver.receive(10, never));
        await sleep(100);
        await driver.retry(delivery, { delayMs, attempt: delivery.attempt + 1 });
        const { ms, value: deliveries } = await received;
        // The machine may have stalled for longer than the call waits.
        const came = deliveries.length > 0 ? deliveries : await collect(driver, 1);
        for (const each of came) await driver.retry(each, { delayMs: 0, attempt: each.attempt });
        return ms - 100 - delayMs;
      });
    },
  })),
  {
    name: "ends the waiting with an empty list when its signal is aborted, and keeps nothing back",
    run: async ({ open }) => {
      const driver = await owned(open());

      await promptly(promptlyMs, async () => {
        const stop = new AbortController();
        const waiting = timed(() => driver.receive(10, stop.signal));
        await sleep(50);
        stop.abort();
        const { ms, value: deliveries } = await waiting;
        assert.deepEqual(deliveries, []);
        return ms - 50;
      });

      await driver.send(messages("message", 5));
      await driver.ack(await collect(driver, 5, { withinMs: 3_000 }));
      await assertEmpty(driver);
    },
  },
  {
    name: "hands out nothing to a call whose signal was aborted before",
    run: async ({ open }) => {
      const driver = await owned(open());
      await driver.send([messageOf("later")]);

      await promptly(promptlyMs, async () => {
        const { ms, value: deliveries } = await timed(() => driver.receive(10, AbortSignal.abort()));
        assert.deepEqual(deliveries, []);
        return ms;
      });

      assert.equal((await takeOne(driver)).attempt, 1);
    },
  },
];
