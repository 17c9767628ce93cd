import { expect, test } from "vitest";
import { BatchSize } from "./batch-size.ts";

test("an engine is sent ever more at once, up to 5,000, but no more than it takes in good time", () => {
  const size = new BatchSize();
  const after = (tookMs: number): number => {
    size.took(size.most, tookMs);
    return size.most;
  };

  expect([1_000, 1_999, 2_000].map(after)).toEqual([750, 1_125, 1_688]);
  expect([2_001, 3_000].map(after)).toEqual([844, 500]);
  expect([10, 10, 10, 10, 10, 10, 10].map(after)).toEqual([750, 1_125, 1_688, 2_532, 3_798, 5_000, 5_000]);
  expect([3_900, 3_900, 3_900, 3_900].map(after)).toEqual([2_500, 1_250, 625, 500]);
  expect(after(3_900)).toBe(500);
  size.halve(200);
  expect(after(3_900)).toBe(100);
  // A small one says nothing of a large one.
  size.took(99, 10);
  expect(size.most).toBe(100);
});
