import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { causeOf, isError } from "./is-error.ts";

class OwnError extends Error {}

test.for<[string, unknown, boolean]>([
  ["an error", new Error("a"), true],
  ["one of a class of its own", new OwnError("a"), true],
  ["one of another realm", runInNewContext("new RangeError('a')"), true],
  ["what only has the prototype of one", Object.create(Error.prototype), true],
  ["the end of a signal", AbortSignal.abort().reason, true],
  ["an object with a message", { name: "Error", message: "a" }, false],
  ["nothing", null, false],
  ["text", "Error: a", false],
])("%s", ([, value, is]) => {
  expect(isError(value)).toBe(is);
});

test.for<[string, unknown]>([
  ["from its cause", new Error("b", { cause: "a" })],
  ["from the first, if it came from several", new AggregateError(["a", "c"])],
  ["also in another realm", runInNewContext("new AggregateError(['a', 'c'])")],
  [
    "from its cause, though it lists mistakes",
    Object.assign(new Error("b", { cause: "a" }), { errors: ["c"] }),
  ],
])("an error came %s", ([, error]) => {
  expect(causeOf(error as Error)).toBe("a");
});
