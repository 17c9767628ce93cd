import { expect, test } from "vitest";
import { isFair } from "./shared.ts";

test.each([
  [[16], 0, 1, true],
  [[4, 4, 4, 4], 0, 4, true],
  [[6, 5, 5], 0, 3, true],
  [[16], 0, 2, false],
  [[8], 8, 2, false],
  [[8, 7], 1, 2, false],
  [[12, 4], 0, 2, false],
  [[], 16, 1, false],
])("shares of %j with %i that nobody has are fair for %i workers: %s", (owned, free, workers, fair) => {
  expect(isFair({ owned, free }, workers)).toBe(fair);
});
