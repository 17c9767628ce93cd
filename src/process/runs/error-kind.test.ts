import { expect, test } from "vitest";
import { errorKind } from "./error-kind.ts";

const withCode = (code: unknown, error = new Error("of a person")): Error => Object.assign(error, { code });
const named = (name: string): Error => Object.assign(new Error("of a person"), { name });

const ofSql = (severity: string): Error => Object.assign(named("error"), { severity });
class Refusal extends Error {
  override readonly name = "Refusal";
}
class Overdrawn extends Error {}

test.each([
  ["its class", new TypeError("of a person"), "TypeError"],
  ["its code", withCode("ECONNREFUSED"), "Error ECONNREFUSED"],
  ["its class, whatever that is called", new Refusal("of a person"), "Refusal"],
  ["its class, though it inherits the name of all errors", new Overdrawn("of a person"), "Overdrawn"],
  ["the code of a certificate", withCode("CERT_HAS_EXPIRED"), "Error CERT_HAS_EXPIRED"],
  ["the code of SQL", withCode("23505", ofSql("ERROR")), "error 23505"],
  [
    "the code of what it came from",
    new TypeError("fetch failed", { cause: new AggregateError([withCode("ENOTFOUND")]) }),
    "TypeError ENOTFOUND",
  ],
])("the kind of an error is %s", (_what, error, kind) => {
  expect(errorKind(error)).toBe(kind);
});

test.each([
  ["a name that is a sentence", named("Mr. Person"), undefined],
  ["a name that may be a person's", named("Alice"), undefined],
  [
    "a name with a class of its own",
    Object.assign(named("Alice"), { constructor: { name: "Alice" } }),
    undefined,
  ],
  [
    "a name that was copied over that of a class",
    Object.assign(new Overdrawn("no"), { name: "Alice" }),
    undefined,
  ],
  ["a code that may be a person's", withCode("ERIC"), "Error"],
  ["a code that may be a customer's", withCode("GB_447700900123"), "Error"],
  ["a code of five characters, without SQL", withCode("SW1A1"), "Error"],
  ["a code that is a text", withCode("of a person"), "Error"],
  ["a code that is a telephone number", withCode("447700900123"), "Error"],
  ["a code that is a number", withCode(447_700_900_123), "Error"],
])("%s is no part of the kind, since it may be private", (_what, error, kind) => {
  expect(errorKind(error)).toBe(kind);
});

test("an error that came from itself has a kind", () => {
  const error = new RangeError("of a person");
  error.cause = error;

  expect(errorKind(error)).toBe("RangeError");
});

test("an error that throws when it is looked at has none", () => {
  const error = Object.defineProperty(new Error("no"), "code", {
    get: () => {
      throw new Error("mine");
    },
  });

  expect(errorKind(error)).toBeUndefined();
});
