import { expect, test } from "vitest";
import { AnsweredTime } from "./answered-time.ts";

test("passes while a queue answers, and stands still while it is away", () => {
  let now = 5_000;
  const answered = new AnsweredTime(() => now);
  const after = (ms: number): number => {
    now += ms;
    answered.answered();
    return answered.ms;
  };

  expect([after(1_000), after(10), after(1_000)]).toEqual([1_000, 1_010, 2_010]);
  expect(after(600_000)).toBe(4_010);
  expect(after(1_000)).toBe(5_010);
});
