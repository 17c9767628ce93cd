import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { atMost, expectWithin, within } from "./within.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const late = (): Error => new Error("late");
const endless = new Promise<never>(() => undefined);

test("what ends in time is given as it is, and nothing waits any more", async () => {
  const failed = new Error("failed");

  expect(await within(5_000, Promise.resolve("done"))).toBe("done");
  expect(await expectWithin(5_000, Promise.resolve("done"), late)).toBe("done");
  await expect(within(5_000, Promise.reject(failed))).rejects.toBe(failed);
  await expect(expectWithin(5_000, Promise.reject(failed), late)).rejects.toBe(failed);
  await atMost(5_000, Promise.reject(failed));

  expect(vi.getTimerCount()).toBe(0);
});

test("what takes longer is not waited for", async () => {
  const ends = Promise.allSettled([
    within(5_000, endless),
    expectWithin(5_000, endless, late),
    atMost(5_000, endless),
  ]);

  await vi.advanceTimersByTimeAsync(5_000);

  expect((await ends).map((end) => (end.status === "fulfilled" ? end.value : end.reason))).toEqual([
    undefined,
    late(),
    undefined,
  ]);
});
