import { expect, test } from "vitest";
import { ago, clockTime, localTime, span, timeBetween } from "./times.ts";

const now = Date.parse("2026-11-24T12:00:00Z");

test.for([
  [0, "now"],
  [12_900, "12s ago"],
  [190_000, "3m ago"],
  [5 * 3_600_000, "5h ago"],
  [50 * 3_600_000, "2d ago"],
  [-90_000, "in 1m"],
] as const)("%i ms before now is %s", ([before, expected]) => {
  const text = ago(new Date(now - before).toISOString(), now);

  expect(text).toBe(expected);
});

test.for([
  [0.84, "0.8 ms"],
  [34.4, "34 ms"],
  [2_345, "2.3 s"],
  [45_000, "45 s"],
  [250_000, "4m 10s"],
  [3_600_000, "1h"],
  [2 * 86_400_000 + 4 * 3_600_000, "2d 4h"],
] as const)("%d ms last %s", ([ms, expected]) => {
  expect(span(ms)).toBe(expected);
});

test("a moment is told in the clock of this machine", () => {
  const date = new Date(2026, 0, 5, 9, 7, 3, 45);

  const texts = [localTime(date.toISOString()), clockTime(date.toISOString())];

  expect(texts).toEqual(["2026-01-05 09:07:03.045", "09:07:03.045"]);
});

test.each([
  ["2026-07-01T09:30:00.000Z", "2026-07-01T09:30:05.240Z", "+5.2 s"],
  ["2026-07-01T09:30:05.240Z", "2026-07-01T09:30:00.000Z", "−5.2 s"],
  [undefined, "2026-07-01T09:30:00.000Z", ""],
  [null, "2026-07-01T09:30:00.000Z", ""],
  ["2026-07-01T09:30:00.000Z", null, ""],
])("from %s to %s it is %j", (before, after, text) => {
  expect(timeBetween(before, after)).toBe(text);
});
