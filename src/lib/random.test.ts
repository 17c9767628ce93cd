import { expect, test } from "vitest";
import { below, oneIn, pick, seededRandom } from "./random.ts";

const draw = (seed: number, count: number): number[] => {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => random());
};

test("the same seed gives the same numbers, another seed others", () => {
  const seeds = [0, 1, 2, -1, 2 ** 31];

  const first = seeds.map((seed) => draw(seed, 10));

  expect(seeds.map((seed) => draw(seed, 10))).toEqual(first);
  expect(new Set(first.flat()).size).toBe(50);
});

test("the numbers are spread evenly from 0 to 1", () => {
  const numbers = draw(42, 100_000);

  const buckets = Object.groupBy(numbers, (number) => Math.floor(number * 10));

  expect(Object.keys(buckets)).toHaveLength(10);
  for (const bucket of Object.values(buckets))
    expect(Math.abs((bucket?.length ?? 0) - 10_000)).toBeLessThan(500);
});

test("whole numbers, choices and chances stay in their bounds", () => {
  const random = seededRandom(7);
  const items = ["a", "b", "c"];

  const numbers = Array.from({ length: 1_000 }, () => below(random, 3));
  const choices = Array.from({ length: 1_000 }, () => pick(random, items));
  const chances = Array.from({ length: 1_000 }, () => oneIn(random, 4)).filter(Boolean);

  expect(new Set(numbers)).toEqual(new Set([0, 1, 2]));
  expect(new Set(choices)).toEqual(new Set(items));
  expect(chances.length).toBeGreaterThan(200);
  expect(chances.length).toBeLessThan(300);
});
