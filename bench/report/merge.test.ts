import { expect, test } from "vitest";
import { aReport } from "./builders.ts";
import { withGroups } from "./merge.ts";
import { type Report, row } from "./report.ts";

const order = ["singles", "settle", "engines", "generators"];

test("groups that are measured anew take the place of what they had, and nothing else changes", () => {
  const earlier = report({ singles: 1, engines: 2, generators: 3 }, ["known", "both"]);
  const anew = report({ engines: 20 }, ["both", "new"]);

  const both = withGroups(earlier, anew, { groups: ["engines"], order });

  expect(both.rows.map(({ group, samples }) => [group, ...samples])).toEqual([
    ["singles", 1],
    ["engines", 20],
    ["generators", 3],
  ]);
  expect(both.failures).toEqual(anew.failures);
  expect(both.notes).toEqual(["known", "both", expect.stringContaining("Of another run"), "new"]);
  expect(both.measuredAt).toBe(earlier.measuredAt);
});

test("a group that was not there before stands in its place", () => {
  const anew = report({ settle: 5 }, []);

  const both = withGroups(report({ singles: 1, generators: 3 }, []), anew, { groups: ["settle"], order });

  expect(both.rows.map(({ group }) => group)).toEqual(["singles", "settle", "generators"]);
});

function report(figures: Readonly<Record<string, number>>, notes: readonly string[]): Report {
  return aReport({
    rows: Object.entries(figures).map(([group, figure]) => row(group, "a row", "events/s", [figure])),
    notes,
    failures: [{ group: "engines", why: `${Object.keys(figures).length} groups` }],
  });
}
