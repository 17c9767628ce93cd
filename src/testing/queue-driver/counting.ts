import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "../eventually.ts";
import { assertEmpty, messages, collect, owned, type QueueCase, takeOne, messageOf } from "./harness.ts";

/** Clocks are read in whole milliseconds, and on both sides. */
const clockMs = 20;

/** `depth` tells how much is left to do, and since when. */
export const countingCases: readonly QueueCase[] = [
  {
    name: "counts what waits, what is handed out and what is delayed",
    run: async ({ open }) => {
      const [driver, onlooker] = [await owned(open()), await open()];
      await driver.send(messages("message", 10));
      const [acknowledged, delayed] = await collect(driver, 4);
      assert.ok(acknowledged !== undefined && delayed !== undefined);
      assert.equal((await onlooker.depth()).messages, 10);

      await driver.ack([acknowledged]);
      await driver.retry(delayed, { delayMs: 60_000, attempt: 2 });

      assert.equal((await driver.depth()).messages, 9);
      assert.equal((await onlooker.depth()).messages, 9);
    },
  },
  {
    name: "counts a retry as the same message",
    run: async ({ open }) => {
      const driver = await owned(open());
      await driver.send(messages("message", 2));
      for (const attempt of [2, 3, 4]) {
        await driver.retry(await takeOne(driver), { delayMs: 0, attempt });

        assert.equal((await driver.depth()).messages, 2);
      }

      await driver.ack(await collect(driver, 2));
      await assertEmpty(driver);
    },
  },
  {
    name: "tells the age of the oldest message, which is 0 when there is none",
    run: async ({ open }) => {
      const driver = await owned(open());
      await assertEmpty(driver);
      await driver.send([messageOf("old")]);
      // The age of a waiting message may be given too high, but not that of one that is handed out.
      await sleep(310);
      await eventually(async () => assert.ok((await driver.depth()).oldestAgeMs >= 300));
      const since = performance.now();
      await driver.send([messageOf("young")]);

      const [old, young] = await collect(driver, 2);
      assert.ok(old !== undefined && young !== undefined);

      const both = await driver.depth();
      assert.ok(both.oldestAgeMs >= 300);
      await driver.ack([old]);
      const one = await driver.depth();
      const youngMs = performance.now() - since;
      assert.ok(one.oldestAgeMs <= youngMs + clockMs, `${one.oldestAgeMs} ms, of ${youngMs} ms`);
      await driver.ack([young]);
      await assertEmpty(driver);
    },
  },
];
