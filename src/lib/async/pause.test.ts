import { expect, test } from "vitest";
import { longestPauseMs, pauseMs } from "./pause.ts";

test("the pauses between tries double, up to the longest one, however often it fails", () => {
  const pauses = [1, 2, 3, 6, 7, 100, 10_000].map(pauseMs);

  expect(pauses).toEqual([100, 200, 400, 3_200, longestPauseMs, longestPauseMs, longestPauseMs]);
  expect(longestPauseMs).toBe(5_000);
});
