import * as fc from "fast-check";
import { expect, test } from "vitest";
import { backoff } from "./backoff.ts";

const options = { minMs: 1_000, maxMs: 60_000 };
const longest = (): number => 1;

test("the wait doubles with each failure, up to the longest", () => {
  const waits = [1, 2, 3, 4, 5, 6, 7, 8, 100].map((attempt) => backoff(attempt, options, longest));

  expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
});

test("events that failed together come back spread over half of the wait", () => {
  const waits = [0, 0.25, 0.5, 1].map((chance) => backoff(3, options, () => chance));

  expect(waits).toEqual([2_000, 2_500, 3_000, 4_000]);
});

test("a wait is a whole number of milliseconds within its bounds, for any attempt and any chance", () => {
  const attempt = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
  const bounds = fc.tuple(fc.nat(100_000), fc.nat(100_000_000));
  const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(attempt, bounds, chance, (attempt, [minMs, more], random) => {
      const maxMs = minMs + more;

      const wait = backoff(attempt, { minMs, maxMs }, () => random);

      expect(Number.isSafeInteger(wait)).toBe(true);
      expect(wait).toBeGreaterThanOrEqual(Math.floor(minMs / 2));
      expect(wait).toBeLessThanOrEqual(maxMs);
    }),
  );
});

test("a later attempt never waits shorter than an earlier one with the same chance", () => {
  const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100 }), fc.nat(50), chance, (attempt, more, random) => {
      const [earlier, later] = [attempt, attempt + more].map((at) => backoff(at, options, () => random));

      expect(later).toBeGreaterThanOrEqual(earlier ?? Number.NaN);
    }),
  );
});
