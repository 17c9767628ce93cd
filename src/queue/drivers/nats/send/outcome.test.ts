import { expect, test } from "vitest";
import { EventsRefusedError, EventTooLargeError, QueueUnavailableError } from "../../../../errors.ts";
import { failureOf, NotStoredError } from "./outcome.ts";

const stored = { status: "fulfilled", value: undefined } as const;
const failed = (reason: Error) => ({ status: "rejected", reason }) as const;
const full = failed(new NotStoredError("maximum messages exceeded (10077)"));
const large = failed(new NotStoredError("message size exceeds maximum allowed (10054)"));
const longFields = failed(new NotStoredError("header size exceeds maximum allowed of 64k (10097)"));
const silent = failed(new QueueUnavailableError("no answer"));

test.each([
  ["there is no room", [stored, full, full], { places: [1, 2], takesNothing: true }],
  // Of the others nobody knows.
  ["some are too large", [full, large, stored, large, silent], { places: [1, 3], takesNothing: false }],
])("of a list for which %s, the places are told", (_, outcomes, told) => {
  expect(failureOf(outcomes)).toMatchObject(told);
});

test.each([
  ["nothing failed", [stored, stored], undefined],
  ["one was not answered", [silent, full], silent.reason],
  ["one was refused, and another not answered", [full, silent], full.reason],
])("of a list of which %s, this is told", (_, outcomes, told) => {
  expect(failureOf(outcomes)).toBe(told);
});

test("an event that is too large is told from one for which there is no room", () => {
  expect(failureOf([full])).toBeInstanceOf(EventsRefusedError);
  expect(failureOf([full, large])).toBeInstanceOf(EventTooLargeError);
  expect(failureOf([full, longFields])).toBeInstanceOf(EventTooLargeError);
});
