import { expect, test } from "vitest";
import { standingOf } from "./rotation-watch.ts";

const day = 86_400_000;
const rotation = { from: "old", to: "new", since: 0, quietMs: day };
const used = (name: string, at: number) => ({ name, hits: 1, lastUsedAt: new Date(at).toISOString() });
const unused = (name: string) => ({ name, hits: 0, lastUsedAt: null });

test.each([
  ["nothing came yet", [used("old", -1), unused("new")], 2 * day, { kind: "unused" }],
  ["an earlier secret had the name", [used("old", -1), used("new", -1)], 2 * day, { kind: "unused" }],
  [
    "the old one was used before only",
    [used("old", -day), used("new", 1)],
    1,
    { kind: "quiet", leftMs: day - 1 },
  ],
  ["the old one was used later too", [used("old", 9), used("new", 1)], day, { kind: "quiet", leftMs: 9 }],
  ["the old one was quiet for long enough", [used("old", 9), used("new", 1)], day + 9, { kind: "over" }],
  ["the old one was never used", [unused("old"), used("new", 1)], day, { kind: "over" }],
])("a rotation in which %s", (_what, uses, now, standing) => {
  expect(standingOf(rotation, uses, now)).toEqual(standing);
});
