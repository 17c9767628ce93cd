import { expect, test } from "vitest";
import { breachesOf } from "./breaches.ts";
import { aJournal } from "./builders.ts";

test.each([
  ["handled in order", ["1 begin a@1", "1 handled a@1", "1 begin b@2", "1 handled b@2"]],
  ["handled again after a crash", ["1 begin a@1", "1 handled a@1", "2 begin a@1", "2 handled a@1"]],
  ["cut off by a crash", ["1 begin a@1", "2 begin a@1", "2 handled a@1"]],
])("a journal alone shows nothing broken: %s", (_name, lines) => {
  expect(breachesOf(aJournal(...lines))).toEqual([]);
});

test.each([
  ["a lower revision after a crash", ["1 begin b@2", "1 handled b@2", "2 begin a@1"], "was handled"],
  ["twice without a crash", ["1 begin a@1", "1 handled a@1", "1 begin a@1"], "was alive"],
  ["two at once after a crash", ["1 begin a@1", "2 begin a@1", "2 begin b@2"], "was under way"],
])("a journal alone shows what is broken: %s", (_name, lines, text) => {
  expect(breachesOf(aJournal(...lines))).toEqual([expect.stringContaining(text)]);
});
