import * as fc from "fast-check";
import { expect, test } from "vitest";
import { jsonErrorPlace } from "./json-error.ts";

test.for([
  ['{"a":1,}', 1, 8],
  ['{\n  "a": x\n}', 2, 8],
  ["[1,\n 2\n 3]", 3, 2],
  ["[1}", 1, 3],
  ['{"a" 1}', 1, 6],
  ['{"a":"b\nc"}', 1, 6],
  ["", 1, 1],
  ["{} x", 1, 4],
  ["{ 'a': 1 }", 1, 3],
  ["[01]", 1, 3],
] as const)("%j breaks at line %i, column %i", ([text, line, column]) => {
  const place = jsonErrorPlace(text);

  expect(place).toEqual({ line, column });
});

test("what JSON.parse takes has no such place, and what it does not has one", () => {
  const broken = fc
    .tuple(fc.json(), fc.nat(), fc.constantFrom("", ",", '"', "}", "]", ":", "1", "x", "\\", "-", "."))
    .map(([json, at, piece]) => {
      const cut = at % (json.length + 1);
      return json.slice(0, cut) + piece + json.slice(cut + (at % 2));
    });

  fc.assert(
    fc.property(broken, (text) => {
      expect(jsonErrorPlace(text) === undefined).toBe(isJson(text));
    }),
  );
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
