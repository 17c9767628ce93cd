import { expect, test } from "vitest";
import { LedgerUnavailableError, QueueUnavailableError } from "../errors.ts";
import { memoryLedger } from "../ledger/drivers/memory/ledger.ts";
import { memoryQueue } from "../queue/drivers/memory/queue.ts";
import { aMessage } from "./builders.ts";

import { chaosLedger, chaosQueue } from "./chaos.ts";
import { never, textsOf, messageOf } from "./queue-driver/harness.ts";
import { seededRandom } from "../lib/random.ts";

test("without trouble the engine is as it was", async () => {
  const queue = chaosQueue(memoryQueue(), { random: seededRandom(1) });

  await queue.own([0]);
  await queue.send([messageOf("a")]);
  const deliveries = await queue.receive(10, never);
  await queue.ack(deliveries);

  expect(textsOf(deliveries)).toEqual(["a"]);
  expect((await queue.depth()).messages).toBe(0);
});

test("a call that fails has done nothing", async () => {
  const driver = memoryQueue();
  const queue = chaosQueue(driver, { random: seededRandom(1), failOneIn: 1 });

  await expect(queue.send([messageOf("a")])).rejects.toThrow(QueueUnavailableError);

  expect((await driver.depth()).messages).toBe(0);
});

test("a call whose answer is lost has done its work", async () => {
  const driver = memoryQueue();
  const queue = chaosQueue(driver, { random: seededRandom(1), loseOneIn: 1 });

  await expect(queue.send([messageOf("a")])).rejects.toThrow(QueueUnavailableError);

  expect((await driver.depth()).messages).toBe(1);
});

test("about one call in so many fails, the same ones for the same seed", async () => {
  const outcomes = async (seed: number): Promise<readonly string[]> => {
    const ledger = chaosLedger(memoryLedger(), { random: seededRandom(seed), failOneIn: 4 });
    const calls = Array.from({ length: 200 }, () => ledger.latestChange());
    return (await Promise.allSettled(calls)).map(({ status }) => status);
  };

  const [first, again, other] = [await outcomes(1), await outcomes(1), await outcomes(2)];

  expect(first).toEqual(again);
  expect(first).not.toEqual(other);
  const failures = first.filter((status) => status === "rejected").length;
  expect(failures).toBeGreaterThan(25);
  expect(failures).toBeLessThan(80);
});

test("delayed calls overtake each other", async () => {
  const driver = memoryQueue();
  const queue = chaosQueue(driver, { random: seededRandom(1), delayMs: 20 });
  const texts = Array.from({ length: 20 }, (_, index) => `${index}`);

  await Promise.all(texts.map((text) => queue.send([messageOf(text)])));

  await driver.own([0]);
  const arrived = textsOf(await driver.receive(100, never));
  expect(arrived.toSorted()).toEqual(texts.toSorted());
  expect(arrived).not.toEqual(texts);
});

test("a ledger's failures are those of a ledger, and closing always works", async () => {
  const ledger = chaosLedger(memoryLedger(), { random: seededRandom(1), failOneIn: 1 });

  await expect(ledger.admit([aMessage()])).rejects.toThrow(LedgerUnavailableError);
  await expect(ledger.close()).resolves.toBeUndefined();
});
