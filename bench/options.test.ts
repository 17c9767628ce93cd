import { expect, test } from "vitest";
import { optionsOf } from "./options.ts";
import { planFor } from "./plan.ts";

const known = ["singles", "settle"];

test("groups and sizes are taken as they are written", () => {
  expect(optionsOf(["--quick", "--only", "settle,singles", "--ledger", "200_000"], known)).toMatchObject({
    quick: true,
    only: ["settle", "singles"],
    ledger: 200_000,
  });
});

test.each([
  [["--only", "single"], "singles, settle; not single"],
  [["--ledger", "many"], "multiple of 500"],
  [["--ledger", "1200"], "multiple of 500"],
  [["--docs", "--quick"], "full run"],
  [["--docs", "--only", "settle"], "--from"],
  [["--docs", "--quick", "--only", "settle", "--from", "figures.json"], "full run"],
  [["--fast"], "--fast"],
])("%j is told to be a mistake", (args, part) => {
  expect(optionsOf(args, known)).toContain(part);
});

test("the page may be written with some groups measured anew", () => {
  const args = ["--docs", "--only", "settle", "--from", "figures.json"];

  expect(optionsOf(args, known)).toMatchObject({ docs: true, only: ["settle"], from: "figures.json" });
});

test("a smaller ledger leaves out the larger ones", () => {
  expect(planFor(false, undefined).ledger).toEqual([1_000_000, 5_000_000]);
  expect(planFor(false, 2_000_000).ledger).toEqual([1_000_000, 2_000_000]);
  expect(planFor(false, 200_000).ledger).toEqual([200_000]);
});

test("what waits in a server is sent in whole arrays of 100", () => {
  for (const isQuick of [true, false]) expect(planFor(isQuick, undefined).shared % 100).toBe(0);
});
