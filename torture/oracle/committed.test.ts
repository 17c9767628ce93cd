import { expect, test } from "vitest";
import { aJournal } from "./builders.ts";
import { committedOnly } from "./committed.ts";

const always = (): boolean => true;
const kinds = (effects: Record<string, { generation: number; at: number }[]>): string[] => {
  // At 0, 10, 20 and 30.
  const journal = aJournal("1 begin a", "1 handled a", "2 begin a", "2 handled a");
  return committedOnly(journal, new Map(Object.entries(effects)), always).map(({ kind }) => kind);
};

test("only the run that left its row came to its end", () => {
  expect(kinds({ a: [{ generation: 2, at: 25 }] })).toEqual(["begin", "failed", "begin", "handled"]);
  expect(kinds({ a: [{ generation: 1, at: 5 }] })).toEqual(["begin", "handled", "begin", "failed"]);
});

test("a run is none that left its row before it began, or in another process", () => {
  expect(kinds({ a: [{ generation: 2, at: 15 }] })).toEqual(["begin", "failed", "begin", "failed"]);
  expect(kinds({ a: [{ generation: 3, at: 25 }] })).toEqual(["begin", "failed", "begin", "failed"]);
  expect(kinds({ b: [{ generation: 2, at: 25 }] })).toEqual(["begin", "failed", "begin", "failed"]);
});

test("of one that begins again in its process, the run counts in which it was written", () => {
  const journal = aJournal("1 begin a", "1 handled a", "1 begin a", "1 handled a");
  const rows = new Map([["a", [{ generation: 1, at: 25 }]]]);

  const seen = committedOnly(journal, rows, always).map(({ kind }) => kind);

  expect(seen).toEqual(["begin", "failed", "begin", "handled"]);
});

test("the row of a process that lives on must be there", () => {
  const journal = aJournal("1 begin a", "1 handled a", "2 begin a", "2 handled a");

  const seen = committedOnly(journal, new Map(), (generation) => generation === 1).map(({ kind }) => kind);

  expect(seen).toEqual(["begin", "failed", "begin", "handled"]);
});
