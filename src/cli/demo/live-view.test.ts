import { describe, expect, test } from "vitest";
import type { EventRecord } from "../../api/contract.ts";
import { paletteFor } from "../view/palette.ts";
import { widthOf } from "../view/width.ts";
import { happeningsOf } from "./happening.ts";
import { liveView } from "./live-view.ts";
import { tour } from "./tour.ts";

const record: EventRecord = {
  eventId: "4c92e7b0-1d5f-43a8-b6e9-f07d2c8a5134",
  name: "message.read",
  entity: "message:7b1d9e04-52c6-4f3a-8e17-a0c95d3b6f21",
  revision: 4,
  status: "handled",
  attempts: 1,
  deliveries: 1,
  conflict: false,
  receivedAt: "2026-11-27T04:18:27.434Z",
  occurredAt: null,
  settledAt: "2026-11-27T04:18:27.520Z",
  error: null,
  accountId: null,
  apiSpaceId: null,
  synthetic: false,
};

describe("what happened to an event", () => {
  const kinds = (before: EventRecord | undefined, after: Partial<EventRecord>): readonly string[] =>
    happeningsOf(before, { ...record, ...after }).map(({ kind }) => kind);

  test("is told from the first sight of it", () => {
    expect(kinds(undefined, {})).toEqual(["accepted", "handled"]);
    expect(kinds(undefined, { status: "pending", attempts: 0 })).toEqual(["accepted"]);
  });

  test("is told from what has changed", () => {
    const retrying = { ...record, status: "retrying" } as const;

    expect(kinds(record, { deliveries: 2 })).toEqual(["duplicate"]);
    expect(kinds(retrying, { status: "retrying", attempts: 2 })).toEqual(["retrying"]);
    expect(kinds(retrying, { status: "dead", attempts: 2 })).toEqual(["dead"]);
    expect(kinds(record, {})).toEqual([]);
  });
});

/** What was written to a terminal of so many columns, in pieces. */
function terminal(columns: number) {
  const written: string[] = [];
  const write = (text: string | Uint8Array): void => void written.push(String(text));
  return { written, output: { write, isTTY: true, columns, palette: paletteFor(false, {}) } };
}

/** Ends of lines, and what takes back what was drawn before. */
// oxlint-disable-next-line no-control-regex -- the language of terminals
const plain = (text: string): string => text.replaceAll(/\u001b\[(\d+A|K|J)|\r/g, "");

test.each([80, 160])("everything fits a terminal of %d columns", (columns) => {
  const { written, output } = terminal(columns);
  const view = liveView(output);
  const error = "Error: no database answered, ".repeat(10);

  tour.forEach(({ says }, index) => view.step(index + 1, says));
  const worst = { ...record, status: "retrying", attempts: 12, deliveries: 3, error } as const;
  view.show({ kind: "retrying", record: worst });
  view.end();

  const lines = plain(written.join("")).split("\n");
  expect(lines.filter((line) => widthOf(line) >= columns)).toEqual([]);
  expect(lines.filter((line) => /^ {2}\d {2}/.test(line))).toHaveLength(tour.length);
  expect(lines).toContainEqual(expect.stringContaining("↻ retrying ×3"));
});

test("a change is drawn in place, below the sentences", () => {
  const { written, output } = terminal(80);
  const view = liveView(output);
  view.show({ kind: "accepted", record: { ...record, status: "pending" } });
  view.step(1, "A sentence.");

  view.show({ kind: "handled", record });
  view.end();

  const [, before = "", after = ""] = ["", ...written];
  expect(plain(before)).toMatch(/^ {2}1 {2}A sentence\.\n\n {2}SMS.*\n.*#1.*· pending/);
  expect(after.startsWith("\u001b[5A\r")).toBe(true);
  expect(plain(after)).toMatch(/#1.*✓ handled/);
  expect(plain(after)).not.toContain("A sentence.");
});
