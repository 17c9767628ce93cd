import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { fullPace, steadyPace } from "./pace.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test("at full pace a free connection begins at once", () => {
  const begun: string[] = [];

  fullPace<string>((lane) => begun.push(lane)).free("a");

  expect(begun).toEqual(["a"]);
});

test("at a steady pace requests begin on time", () => {
  const t0 = performance.now();
  const begun: (readonly [lane: string, dueAt: number])[] = [];
  const pace = steadyPace<string>(500, (lane, dueAt) => begun.push([lane, dueAt - t0]));

  for (const lane of ["a", "b", "c", "d"]) pace.free(lane);
  vi.advanceTimersByTime(5);
  pace.stop();
  vi.advanceTimersByTime(5);

  expect(begun).toEqual([
    ["d", 0],
    ["c", 2],
    ["b", 4],
  ]);
});

test("a request that finds no free connection was due all the same", () => {
  const t0 = performance.now();
  const begun: number[] = [];
  const pace = steadyPace<string>(1_000, (_, dueAt) => begun.push(dueAt - t0));

  pace.free("the only one");
  vi.advanceTimersByTime(10);
  expect(begun).toEqual([0]);
  pace.free("the only one");
  pace.free("the only one");
  pace.stop();

  expect(begun).toEqual([0, 1, 2]);
});
