import { expect, test } from "vitest";
import { recordedLog } from "../../testing/recorded-log.ts";
import { DiskTrouble } from "./disk-trouble.ts";

/** A disk at a moment that the test sets. */
function aDisk() {
  const { log, facts } = recordedLog();
  const clock = { ms: 0 };
  const trouble = new DiskTrouble(log, new AbortController().signal, () => clock.ms);
  const fail = (what = "forget"): Promise<unknown> =>
    trouble.try(what, () => Promise.reject(new Error("full")));
  const work = (what = "forget"): Promise<unknown> => trouble.try(what, () => Promise.resolve("done"));
  return { facts, clock, fail, work };
}

test("a disk that fails is told once, and once more when all that failed works again", async () => {
  const { facts, fail, work } = aDisk();

  await fail("read");
  await fail("forget");
  await fail("read");
  expect(await work("read")).toBe("done");
  expect(facts()).toEqual(["queue.spill_failed"]);
  await work("forget");
  await work("forget");

  expect(facts()).toEqual(["queue.spill_failed", "queue.spill_works"]);
});

test("a disk that goes on failing is told once, however long that lasts", async () => {
  const { facts, clock, fail } = aDisk();

  for (; clock.ms <= 180_000; clock.ms += 5_000) await fail();

  expect(facts()).toEqual(["queue.spill_failed"]);
});

test("a disk that is nearly full, and fails now and then, is told once a minute", async () => {
  const { facts, clock, fail, work } = aDisk();

  for (; clock.ms < 60_000; clock.ms += 1_000) {
    await fail();
    await work();
  }
  expect(facts()).toEqual(["queue.spill_failed", "queue.spill_works"]);
  await fail();

  expect(facts()).toEqual(["queue.spill_failed", "queue.spill_works", "queue.spill_failed"]);
});

test("a disk that fails again soon after it has worked, and goes on failing, is told", async () => {
  const { facts, clock, fail, work } = aDisk();
  await fail();
  await work();

  for (; clock.ms <= 60_000; clock.ms += 5_000) await fail();

  expect(facts()).toEqual(["queue.spill_failed", "queue.spill_works", "queue.spill_failed"]);
});
