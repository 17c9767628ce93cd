import { expect, test } from "vitest";
import { describeError } from "./handler-error.ts";

test("the text of an error tells what it came from", () => {
  const refused = Object.assign(new AggregateError([]), { code: "ECONNREFUSED" });
  const error = new TypeError("fetch failed", { cause: new Error("no answer", { cause: refused }) });

  const text = describeError(error);

  expect(text).toBe("TypeError: fetch failed (Error: no answer (AggregateError: ECONNREFUSED))");
});

test("the text of an error tells the first of several that it came from", () => {
  const errors = [new Error("connect ECONNREFUSED ::1:5432"), new Error("no answer")];
  const none = new AggregateError(errors, "All promises were rejected");
  const refused = Object.assign(new AggregateError(errors), { code: "ECONNREFUSED" });

  const texts = [none, refused].map(describeError);

  expect(texts).toEqual([
    "AggregateError: All promises were rejected (Error: connect ECONNREFUSED ::1:5432)",
    "AggregateError: ECONNREFUSED (Error: connect ECONNREFUSED ::1:5432)",
  ]);
});

test("the text of an error without a message is its name", () => {
  const errors = [new TypeError(), new Error("", { cause: new Error("no answer") })];

  const texts = errors.map(describeError);

  expect(texts).toEqual(["TypeError", "Error (Error: no answer)"]);
});

test("the text of an error has an end, also if its causes have none", () => {
  const error = new Error("round and round");
  error.cause = error;

  const text = describeError(error);

  expect(text).toBe("Error: round and round");
});

test("an error that throws when it is read says so, and ends nothing", () => {
  const error = Object.defineProperty(new Error("no"), "message", {
    get: () => {
      throw new Error("never");
    },
  });

  const text = describeError(error);

  expect(text).toBe("The handler threw an error that cannot be read.");
});
