import { expect, test } from "vitest";
import { handledAgain } from "./again.ts";
import { aJournal, someFacts } from "./builders.ts";

/** Handled at 10 ms in the first process, begun at 20 ms in the second. */
const twice = aJournal("1 begin a", "1 handled a", "2 begin a", "2 handled a");
const end = (at: number, how: "crashed" | "stopped") => new Map([[1, { at, how }]]);

test("a crash between handler and settling accounts for a second time, and is counted", () => {
  const result = handledAgain(someFacts({ journal: twice, ends: end(15, "crashed") }));

  expect(result).toEqual({ afterCrash: 1, violations: [] });
});

test("attempts that failed may be many, and a cut one may be repeated", () => {
  const journal = aJournal("1 begin a", "1 failed a", "1 begin a", "2 begin a", "2 handled a");

  const result = handledAgain(someFacts({ journal, ends: end(25, "crashed") }));

  expect(result).toEqual({ afterCrash: 0, violations: [] });
});

test("a replay accounts for one more time, and not for two", () => {
  const journal = aJournal("1 begin a", "1 handled a", "1 begin a", "1 handled a", "1 begin a");

  const result = handledAgain(someFacts({ journal, replays: new Map([["a", 1]]) }));

  expect(result.violations).toMatchObject([{ rule: "once" }]);
});

test.each([
  ["by a process that is alive", "once", { ends: new Map() }, "was alive"],
  ["by one that stopped in peace", "once", { ends: end(15, "stopped") }, "ended in peace"],
  ["by one that lived on for long", "once", { ends: end(15, "crashed"), settleMs: 3 }, "lived on for 5 ms"],
  [
    "after it was shown as handled",
    "told",
    { ends: end(15, "crashed"), told: new Map([["a", { status: "handled" as const, at: 14 }]]) },
    "6 ms after it was shown as handled",
  ],
] as const)("an event that was handled begins again %s", (_name, rule, facts, text) => {
  const result = handledAgain(someFacts({ journal: twice, ...facts }));

  expect(result).toEqual({
    afterCrash: 0,
    violations: [{ rule, text: expect.stringContaining(text) as string }],
  });
});

test("an event that was shown as dead begins again", () => {
  const journal = aJournal("1 begin a", "1 failed a", "1 begin a");
  const told = new Map([["a", { status: "dead" as const, at: 15 }]]);

  const result = handledAgain(someFacts({ journal, told }));

  expect(result.violations).toMatchObject([{ rule: "told" }]);
});
