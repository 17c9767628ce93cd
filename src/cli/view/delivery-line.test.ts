import { expect, test } from "vitest";
import type { DeliveryAttempt } from "../../sandbox/sandbox.ts";
import { deliveryLine } from "./delivery-line.ts";
import { paletteFor } from "./palette.ts";

const pipe = { isTTY: false, columns: 80, palette: paletteFor(false, {}) };

function anAttempt(differs: Partial<DeliveryAttempt> = {}): DeliveryAttempt {
  return {
    id: "d1",
    webhookId: "w1",
    url: "http://receiver/",
    eventIds: ["e1"],
    names: ["message.sent"],
    bytes: 700,
    headers: {},
    attempt: 1,
    startedAt: "2026-01-01T00:00:00.000Z",
    endedAt: "2026-01-01T00:00:01.000Z",
    status: 200,
    error: null,
    faults: [],
    outcome: "accepted",
    nextAt: null,
    ...differs,
  };
}

const again = { outcome: "retry", nextAt: "2026-01-01T00:00:31.000Z" } as const;

test.each<[string, Partial<DeliveryAttempt>, string]>([
  ["accepted", {}, "✓ accepted  200      message.sent           attempt 1"],
  ["to be retried", { ...again, status: 503, attempt: 3 }, "attempt 3  again in 30 s"],
  [
    "retried by a guess",
    { ...again, status: 401 },
    "again in 30 s (a guess: whether 401 is retried is not known)",
  ],
  ["without an answer", { ...again, status: null, error: "timeout" }, "↻ retry     timeout  message.sent "],
  [
    "lost",
    { outcome: "refused", status: 400 },
    "✗ lost      400      message.sent           attempt 1  never again: 400 is final",
  ],
  ["dead", { outcome: "dead", status: 500, attempt: 18 }, "attempt 18  given up: the schedule has ended"],
  ["of many events", { eventIds: ["e1", "e2"], names: ["a", "b"] }, "  2 events  "],
  ["in trouble", { faults: ["wrongSignature", "delayMs"] }, "attempt 1  on purpose: wrong signature, delay"],
])("an attempt that is %s says so in a line", (_, differs, part) => {
  const line = deliveryLine(anAttempt(differs), pipe);

  expect(line).toContain(part);
  expect(line).not.toContain("\n");
});

test("what does not fit on the line of a terminal stands below it", () => {
  const attempt = anAttempt({ ...again, status: 401, faults: ["wrongSignature"] });

  const lines = deliveryLine(attempt, { ...pipe, isTTY: true }).split("\n");

  expect(lines).toHaveLength(2);
  expect(lines[1]).toContain("↳ again in 30 s");
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
});
