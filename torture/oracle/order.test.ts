import { expect, test } from "vitest";
import { aJournal } from "./builders.ts";
import { orderViolations } from "./order.ts";

const noEnds = new Map();
const firstDied = new Map([[1, { at: 5, how: "crashed" as const }]]);
const noCuts = new Set<number>();

test.each([
  ["in order, with gaps", ["1 begin a@1", "1 handled a@1", "1 begin b@5", "1 handled b@5"]],
  ["a failed newer one before an older one", ["1 begin b@2", "1 failed b@2", "1 begin a@1", "1 handled a@1"]],
  ["equal revisions", ["1 begin a@1", "1 handled a@1", "1 begin b@1", "1 handled b@1"]],
  ["no revisions", ["1 begin a@none", "1 handled a@none", "1 begin b@none", "1 handled b@none"]],
])("a journal is in order: %s", (_name, lines) => {
  const violations = orderViolations({ journal: aJournal(...lines), ends: noEnds, powerCuts: noCuts });

  expect(violations).toEqual([]);
});

test("what a dead process had begun is under way no longer", () => {
  const journal = aJournal("1 begin a@1", "2 begin a@1", "2 handled a@1");

  const violations = orderViolations({ journal, ends: firstDied, powerCuts: noCuts });

  expect(violations).toEqual([]);
});

test.each([
  ["a lower revision", "order", ["1 begin b@2", "1 handled b@2", "1 begin a@1"], "a (message:1 at 1"],
  ["a lower one in another process", "order", ["1 begin b@2", "1 handled b@2", "2 begin a@1"], "was handled"],
  ["two at once", "alone", ["1 begin a@1", "1 begin b@2"], "while a (message:1 at 1"],
  ["two at once in two processes", "alone", ["1 begin a@1", "2 begin b@2"], "was under way"],
  ["the same one twice at once", "alone", ["1 begin a@1", "1 begin a@1"], "was under way"],
  ["an end without a beginning", "alone", ["1 handled a@1"], "had not begun"],
  ["the end of another process's", "alone", ["1 begin a@1", "2 handled a@1"], "had not begun"],
])("a journal is out of order: %s", (_name, rule, lines, text) => {
  const violations = orderViolations({ journal: aJournal(...lines), ends: noEnds, powerCuts: noCuts });

  expect(violations).toEqual([{ rule, text: expect.stringContaining(text) as string }]);
});

test("a higher one that a power cut took away before it was settled does not count", () => {
  const lost = aJournal("1 begin b@2", "1 handled b@2", "2 begin a@1", "2 handled a@1", "2 begin b@2");
  const powerCuts = new Set([1]);

  expect(orderViolations({ journal: lost, ends: firstDied, powerCuts })).toEqual([]);
});

test("a higher one that was settled before a power cut counts", () => {
  const settled = aJournal("1 begin b@2", "1 handled b@2", "2 begin a@1");
  const powerCuts = new Set([1]);

  expect(orderViolations({ journal: settled, ends: firstDied, powerCuts })).toMatchObject([
    { rule: "order" },
  ]);
});

test("a higher one that only kill -9 took away counts", () => {
  const journal = aJournal("1 begin b@2", "1 handled b@2", "2 begin a@1", "2 handled a@1", "2 begin b@2");

  expect(orderViolations({ journal, ends: firstDied, powerCuts: noCuts })).toMatchObject([{ rule: "order" }]);
});
