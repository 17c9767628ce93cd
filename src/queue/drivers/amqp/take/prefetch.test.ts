import { expect, test } from "vitest";
import { sharedShards } from "../../../driver.ts";
import { Prefetch } from "./prefetch.ts";

const mib = 1024 * 1024;
const all = 250 * sharedShards;

/** So many come, while `held` of the same size are held; gives the numbers that held from then on. */
function come(prefetch: Prefetch, count: number, bytes: number, held: number): readonly number[] {
  const numbers: number[] = [];
  for (let one = 0; one < count; one += 1) {
    if (prefetch.came(bytes, { size: held, bytes: held * bytes })) numbers.push(prefetch.count);
  }
  return numbers;
}

test("of large ones so few are held that all of them take half of the memory that they may", () => {
  const prefetch = new Prefetch(250);

  expect(come(prefetch, 1, mib, 256)).toEqual([]);
  expect(come(prefetch, 1, mib, 257)).toEqual([8]);
  expect(come(prefetch, 1, 100 * mib, 16)).toEqual([1]);
  expect(come(prefetch, 1, 100 * mib, 16)).toEqual([]);
});

test("when as many small ones have come as may be held, so many are held again", () => {
  const prefetch = new Prefetch(250);
  come(prefetch, 1, mib, 257);

  expect(come(prefetch, all - 1, 1_000, 100)).toEqual([]);
  expect(come(prefetch, 1, 1_000, 100)).toEqual([250]);
  expect(come(prefetch, 2 * all, 1_000, 100)).toEqual([]);
});

test("when a few of those that come are large they stay few, until a whole lot was small", () => {
  const prefetch = new Prefetch(250);
  come(prefetch, 1, mib, 257);
  come(prefetch, 200, mib, 10);

  expect(come(prefetch, all, 1_000, 100)).toEqual([]);
  expect(come(prefetch, all, 1_000, 100)).toEqual([250]);
});
