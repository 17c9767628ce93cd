import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { codeOf } from "./error-code.ts";

test.each([
  ["an error of the system", Object.assign(new Error("no"), { code: "ENOENT" }), "ENOENT"],
  ["one of another realm", runInNewContext("Object.assign(new Error(), { code: 'ENOENT' })"), "ENOENT"],
  ["one without a code", new Error("no"), undefined],
  ["one whose code is a number", Object.assign(new Error("no"), { code: 7 }), undefined],
  ["a text", "ENOENT", undefined],
  ["nothing", null, undefined],
  ["nothing at all", undefined, undefined],
])("the code of %s", (_, error: unknown, code) => {
  expect(codeOf(error)).toBe(code);
});
