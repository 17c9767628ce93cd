import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { fillWith, publish } from "./publish.ts";

test("a queue is filled with as many events as asked for, and several batches are under way", async () => {
  let [events, underWay, most] = [0, 0, 0];

  await fillWith(
    {
      send: async (messages) => {
        underWay += 1;
        most = Math.max(most, underWay);
        await sleep(1);
        underWay -= 1;
        events += messages.length;
      },
    },
    2_500,
  );

  expect(events).toBe(2_500);
  expect(most).toBe(10);
});

test("only what is confirmed in the time that counts is counted", async () => {
  const job = { lanes: 2, batch: 10, warmUpSeconds: 0.1, seconds: 0.2 };

  const perSecond = await publish({ send: () => sleep(20) }, job);

  // Two lanes, each with a batch of 10 in 20 ms at best.
  expect(perSecond).toBeGreaterThan(0);
  expect(perSecond).toBeLessThanOrEqual(1_100);
});

test("a batch that is not confirmed ends it with the error", async () => {
  const job = { lanes: 2, batch: 10, warmUpSeconds: 0, seconds: 30 };

  await expect(publish({ send: () => Promise.reject(new Error("full")) }, job)).rejects.toThrow("full");
});
