import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { causesOf, isError } from "./is-error.ts";

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

const cause = new Error("a");

test.for<[string, unknown]>([
  ["from its cause", new Error("b", { cause })],
  ["from the first, if it came from several", new AggregateError([cause, new Error("c")])],
  ["also in another realm", runInNewContext("new AggregateError([cause, 'c'])", { cause })],
  ["from its cause, though it lists mistakes", Object.assign(new Error("b", { cause }), { errors: ["c"] })],
])("an error came %s", ([, error]) => {
  expect(causesOf(error)).toEqual([error, cause]);
});

test("what is no error came from nothing, and is no cause", () => {
  expect(causesOf("a")).toEqual([]);
  const error = new Error("b", { cause: "a" });
  expect(causesOf(error)).toEqual([error]);
});

test("errors that came from each other are told once", () => {
  const first = new Error("a");
  const second = new Error("b", { cause: first });
  first.cause = second;

  expect(causesOf(first)).toEqual([first, second]);
});

test("what makes up causes without end is believed six times", () => {
  class Endless extends Error {
    override get cause(): Error {
      return new Endless();
    }
  }

  expect(causesOf(new Endless())).toHaveLength(6);
});
