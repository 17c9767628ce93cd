import { expect, test } from "vitest";
import { OnceAMinute } from "./once-a-minute.ts";

test.each([60_000, -60_000])("many are told at once until the clock went on by %i ms", (ms) => {
  let time = 1_000_000;
  const told = new OnceAMinute(() => time);

  const first = [told.met(), told.met(), told.met()];
  time += ms;
  const next = [told.met(), told.met()];

  expect(first).toEqual([1, undefined, undefined]);
  expect(next).toEqual([3, undefined]);
});
