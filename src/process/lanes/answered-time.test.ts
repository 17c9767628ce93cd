import { expect, test } from "vitest";
import { AnsweredTime } from "./answered-time.ts";
import { lateMs } from "./parked.ts";

function startTime() {
  let now = 5_000;
  const answered = new AnsweredTime(() => now);
  const after = async (ms: number, call: Promise<unknown> = Promise.resolve()): Promise<number> => {
    now += ms;
    await answered.of(call).catch(() => undefined);
    return answered.ms;
  };
  return { after };
}

test("passes while a queue answers, and stands still while it is not asked", async () => {
  const { after } = startTime();

  expect(await after(1_000)).toBe(1_000);
  expect(await after(10)).toBe(1_010);
  expect(await after(600_000)).toBe(3_010);
  expect(await after(1_000)).toBe(4_010);
});

test("begins anew for what may be late when the queue is back", async () => {
  const { after } = startTime();
  const before = await after(1_000);

  await after(2_000, Promise.reject(new Error("It is away.")));
  await after(2_000, Promise.reject(new Error("It is away.")));

  expect(await after(2_000)).toBe(before - lateMs);
  expect(await after(1_000)).toBe(before - lateMs + 1_000);
});

test("is set back no further by a queue that fails again and again", async () => {
  const { after } = startTime();
  const before = await after(1_000);

  for (let times = 0; times < 20; times += 1) {
    await after(500, Promise.reject(new Error("It is away.")));
    await after(500);
  }

  expect(await after(lateMs / 10)).toBe(before - 0.9 * lateMs);
});
