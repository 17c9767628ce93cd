import { expect, test } from "vitest";
import { aReport } from "./builders.ts";
import { cellsOf } from "./cells.ts";
import { markdownOf, withFigures } from "./markdown.ts";
import { row } from "./report.ts";
import { isMet, median, ratiosOf } from "./statistics.ts";
import { textOf } from "./text.ts";

const pairs = row("singles", "single events", "requests/s", [900, 800, 1_000], {
  against: { what: "bare", samples: [1_000, 1_000, 1_250] },
  bar: { of: "ratio", atLeast: 0.8 },
});

test("the median of an even count lies between the two in the middle", () => {
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([3, 1, 2])).toBe(2);
  expect(median([])).toBeNaN();
});

test("a ratio is of samples that were measured side by side, not of medians", () => {
  expect(ratiosOf(pairs)).toEqual([0.9, 0.8, 0.8]);
  expect(() => ratiosOf({ ...pairs, samples: [1] })).toThrow("in pairs");
});

test("a row shows the middle, what it is compared with, and the spread of the ratio", () => {
  expect(cellsOf(pairs)).toEqual({
    what: "single events",
    measured: "900 requests/s",
    against: "1,000 bare",
    ratio: "0.80",
    spread: "0.80 – 0.90",
    bar: "≥ 0.8, met",
  });
});

test("what could not be measured shows nothing, and meets nothing", () => {
  const refused = row("peers", "arrays", "events/s", [], { bar: { of: "median", atLeast: 1 } });

  expect(cellsOf(refused)).toMatchObject({
    measured: "–",
    ratio: "",
    spread: "",
    bar: "≥ 1 events/s, not measured",
  });
  expect(isMet(refused)).toBeUndefined();
});

test.each([
  ["median", 20, true],
  ["median", 2, false],
  ["highest", 20, false],
  ["highest", 30, true],
] as const)("the %s of 1, 3 and 30 held against at most %d: %s", (of, atMost, met) => {
  expect(isMet(row("api", "one event", "ms", [1, 30, 3], { bar: { of, atMost } }))).toBe(met);
});

test("the text and the page name machine, rows, notes and failures", () => {
  for (const text of [textOf(report), markdownOf(report)]) {
    expect(text).toContain("2 cores of a processor");
    expect(text).toContain("900 requests/s");
    expect(text).toContain("single events");
    expect(text).toContain("webhook is not installed");
    expect(text).toContain("no room");
  }
});

test("figures replace those between the marks, and only those", () => {
  const page =
    "# Page\n<!-- figures: written by `npm run bench -- --docs` -->\nold\n<!-- end of figures -->\nrest\n";

  const once = withFigures(page, "new");

  expect(once).not.toContain("old");
  expect(once).toMatch(/^# Page\n[^]*\nnew\n[^]*\nrest\n$/);
  expect(withFigures(once, "new")).toBe(once);
  expect(() => withFigures("# Page\n", "new")).toThrow("lacks the marks");
});

const report = aReport({
  rows: [pairs],
  notes: ["webhook is not installed"],
  failures: [{ group: "start", why: "no room" }],
});
