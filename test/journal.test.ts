import { expect, test } from "vitest";
import { breachesOf, parseJournal, toLine, type JournalEntry } from "./support/journal.ts";

const start: JournalEntry = { kind: "start" };
const entry =
  (kind: "begin" | "handled" | "failed") =>
  (eventId: string, revision: number): JournalEntry => ({ kind, eventId, state: "message:1", revision });
const [begin, handled, failed] = [entry("begin"), entry("handled"), entry("failed")];
const both = (eventId: string, revision: number): JournalEntry[] => [
  begin(eventId, revision),
  handled(eventId, revision),
];

test.each<[string, readonly JournalEntry[]]>([
  ["handled in order, with gaps", [start, ...both("a", 1), ...both("b", 5)]],
  ["a failed newer one before an older one", [start, begin("b", 2), failed("b", 2), ...both("a", 1)]],
  ["handled again after a crash", [start, ...both("a", 1), start, ...both("a", 1)]],
  ["cut off by a crash", [start, begin("a", 1), start, ...both("a", 1)]],
])("a journal is in order: %s", (_name, journal) => {
  const breaches = breachesOf(journal);

  expect(breaches).toEqual([]);
});

test.each<[string, readonly JournalEntry[], string]>([
  ["a lower revision", [start, ...both("b", 2), ...both("a", 1)], "began after 2 was handled"],
  [
    "a lower one after a crash",
    [start, ...both("b", 2), start, ...both("a", 1)],
    "began after 2 was handled",
  ],
  ["twice", [start, ...both("a", 1), ...both("a", 1)], "began again without a crash"],
  ["two at once", [start, begin("a", 1), begin("b", 2)], "while another of its state was under way"],
  ["an end without a beginning", [start, handled("a", 1)], "ended without having begun"],
])("a journal is out of order: %s", (_name, journal, text) => {
  const breaches = breachesOf(journal);

  expect(breaches.join("\n")).toContain(text);
});

test("a journal is read as it was written, without a line that is cut off", () => {
  const written = [start, ...both("a", 1)];

  const read = parseJournal(`${written.map(toLine).join("")}begin\tb`);

  expect(read).toEqual(written);
});
