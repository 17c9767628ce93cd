import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { Delivery, QueueDriver } from "../../queue/driver.ts";
import {
  assertEmpty,
  assertSilent,
  attemptsOf,
  collect,
  messageOf,
  messages,
  never,
  owned,
  type QueueCase,
  takeOne,
  takeTwo,
  textOf,
  textsOf,
} from "./harness.ts";

/** A message is in one place, for as long as whoever has it shows signs of life. */
export const leasingCases: readonly QueueCase[] = [
  {
    name: "hands a message out once while its lease lasts, also to calls at the same time",
    run: async ({ open }) => {
      const driver = await owned(open());
      await driver.send(messages("message", 10));

      const [ones, others] = await Promise.all([
        collect(driver, 5, { max: 2 }),
        collect(driver, 5, { max: 2 }),
      ]);

      assert.equal(new Set(textsOf([...ones, ...others])).size, 10);
      await assertSilent(driver, 300);
    },
  },
  {
    name: "hands out again what was not acknowledged when its lease ended, and counts the attempts",
    run: async ({ open }) => {
      const driver = await owned(open({ leaseMs: 250 }));
      await driver.send([messageOf("again")]);

      const deliveries = [await takeOne(driver), await takeOne(driver), await takeOne(driver)];

      assert.deepEqual(textsOf(deliveries), ["again", "again", "again"]);
      assert.deepEqual(attemptsOf(deliveries), [1, 2, 3]);
    },
  },
  {
    name: "does not end a lease that is extended",
    run: async ({ open }) => {
      const leaseMs = 1_000;
      const driver = await owned(open({ leaseMs }));

      let round = await extendOneOfTwo(driver, leaseMs);
      // On a machine that stalled, the lease ended before it could be extended.
      for (let tries = 1; round.longestMs > leaseMs / 2 && tries < 5; tries += 1) {
        round = await extendOneOfTwo(driver, leaseMs);
      }

      assert.deepEqual(textsOf(round.seen), [textOf(round.forgotten)]);
      await assertEmpty(driver);
    },
  },
  {
    // An engine that keeps it in the process must not leave it with the rest of its last lease.
    name: "begins a whole lease when it hands out once more what was sent back as too early",
    run: async ({ open }) => {
      const leaseMs = 2_000;
      const driver = await owned(open({ leaseMs }));
      await driver.send([messageOf("early")]);
      const first = await takeOne(driver);
      await sleep(0.5 * leaseMs);
      await driver.retry(first, { delayMs: 0, attempt: first.attempt });

      const again = await takeOne(driver);

      assert.equal(again.attempt, first.attempt);
      await assertSilent(driver, 0.6 * leaseMs);
      await driver.ack([again]);
      await assertEmpty(driver);
    },
  },
  {
    name: "passes over what is gone already when leases are extended",
    run: async ({ open }) => {
      const driver = await owned(open());
      await driver.send(messages("message", 2));
      const [gone, held] = await takeTwo(driver);
      await driver.ack([gone]);

      await driver.extend([gone, held]);
      await driver.extend([]);

      await driver.ack([held]);
      await assertEmpty(driver);
    },
  },
  {
    // Closing is an orderly way to lose a message: it comes back at once. Whether that counts as an attempt is left
    // to the engine, since some cannot tell it from a crash.
    name: "gives back what a closing consumer held, without waiting for the lease",
    run: async ({ open }) => {
      const [leaving, staying] = [await owned(open()), await owned(open())];
      await leaving.send(messages("message", 3));
      const held = await collect(leaving, 3);
      await leaving.ack(held.slice(0, 1));
      await sleep(10);
      await leaving.extend(held.slice(1));

      await leaving.close();

      const back = await collect(staying, 2, { withinMs: 3_000 });
      assert.deepEqual(textsOf(back).toSorted(), ["message 1", "message 2"]);
      for (const { attempt } of back) assert.ok(attempt === 1 || attempt === 2, `attempt ${attempt}`);
    },
  },
];

/** Lets one message have its lease extended for two leases and the other not, and acknowledges both. */
async function extendOneOfTwo(
  driver: QueueDriver,
  leaseMs: number,
): Promise<{
  readonly forgotten: Delivery;
  /** Deliveries that were handed out once more. */
  readonly seen: readonly Delivery[];
  /** The longest time without an extension. */
  readonly longestMs: number;
}> {
  await driver.send(messages("message", 2));
  const [extended, forgotten] = await takeTwo(driver);
  const stop = new AbortController();
  let [extendedAt, longestMs] = [performance.now(), 0];
  const measure = (): void => {
    longestMs = Math.max(longestMs, performance.now() - extendedAt);
  };
  const extending = (async () => {
    for (; !stop.signal.aborted; await sleep(200)) {
      await driver.extend([extended]);
      measure();
      extendedAt = performance.now();
    }
  })();
  const end = performance.now() + 2 * leaseMs;
  const seen: Delivery[] = [];
  while (performance.now() < end) {
    const deliveries = await driver.receive(10, never);
    seen.push(...deliveries);
    await driver.ack(deliveries);
  }
  // The machine may have stalled since the last extension.
  measure();
  stop.abort();
  await extending;
  await driver.ack([extended]);
  return { forgotten, seen, longestMs };
}
