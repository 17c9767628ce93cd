import { expect, test } from "vitest";
import { aJournal, aLedger, aSent, sentMap, someFacts } from "./builders.ts";
import { judge } from "./judge.ts";

test("a life without a crash: everything kept", () => {
  const journal = aJournal("1 begin a@1", "1 handled a@1", "1 begin b@2", "1 handled b@2");
  const facts = someFacts({
    sent: sentMap(aSent("a", 1), aSent("b", 2)),
    journal,
    acknowledged: new Map([["a", 1]]),
  });

  expect(judge(facts, aLedger({ a: "handled", b: "handled" }))).toEqual({
    handledAgain: 0,
    forgotten: 0,
    violations: [],
  });
});

test("all rules are looked at", () => {
  const journal = aJournal("1 begin b@2", "1 handled b@2", "1 begin a@1", "1 begin b@2").map((entry) => ({
    ...entry,
    hash: "another",
  }));
  const facts = someFacts({
    sent: sentMap(aSent("a", 1), aSent("b", 2)),
    journal,
    acknowledged: new Map([["a", 1]]),
  });

  const rules = judge(facts, aLedger({ b: "pending" })).violations.map(({ rule }) => rule);

  expect(new Set(rules)).toEqual(new Set(["stored", "settles", "bytes", "order", "alone", "once"]));
});

test("a ledger that cannot be read is no kept promise", () => {
  expect(judge(someFacts({}), { why: "nobody answers" }).violations).toMatchObject([{ rule: "settles" }]);
});
