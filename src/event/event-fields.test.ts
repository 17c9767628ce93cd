import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { damaged, objectText } from "../../test/support/events/json-text.ts";
import { EventFields } from "./event-fields.ts";
import { valueAt } from "./path-tree.ts";

const keys = ["a", "b", "ab", "0", "length", "__proto__", "ü"];
const paths = [
  "a",
  "b",
  "ab",
  "a.a",
  "a.b",
  "a.a.b",
  "b.0",
  "b.length",
  "ab.__proto__.a",
  "__proto__",
  "a.ü",
  "",
];

/** What `JSON.parse` makes of them; of what is neither text nor number it does not matter which. */
const parsedValues = (json: unknown): readonly unknown[] => paths.map((path) => usable(valueAt(json, path)));
const usable = (value: unknown): unknown =>
  typeof value === "string" || typeof value === "number" ? value : undefined;

function readValues(bytes: Buffer, at = 0): { end: number; values: readonly unknown[] } {
  const fields = new EventFields(paths);
  const end = fields.read(bytes, at);
  return { end, values: end < 0 ? [] : paths.map((path) => usable(fields.value(path))) };
}

describe("the values of an event", () => {
  test("are those that JSON.parse gives, in any spelling", () => {
    fc.assert(
      fc.property(objectText(keys), (text) => {
        const { end, values } = readValues(Buffer.from(`[ ${text} , 1]`), 2);

        expect(end).toBe(2 + Buffer.byteLength(text));
        expect(values).toEqual(parsedValues(JSON.parse(text)));
      }),
      { numRuns: 2_000 },
    );
  });

  test("are those that JSON.parse gives, of bytes that are damaged", () => {
    fc.assert(
      fc.property(damaged(objectText(keys)), (bytes) => {
        fc.pre(bytes[0] === 0x7b);
        let json: unknown;
        try {
          json = JSON.parse(bytes.toString());
        } catch {
          json = undefined;
        }

        const { end, values } = readValues(bytes);

        const isValid = end >= 0 && bytes.subarray(end).toString().trim() === "";
        expect(isValid).toBe(json !== undefined);
        expect(isValid ? values : undefined).toEqual(json === undefined ? undefined : parsedValues(json));
      }),
      { numRuns: 3_000 },
    );
  });

  test.each([
    ["a repeated key: the last", '{"a":1,"a":2}', "a", 2],
    ["a repeated way: only the last", '{"a":{"b":1},"a":{}}', "a.b", undefined],
    ["a way that is replaced by a value", '{"a":{"b":1},"a":1}', "a.b", undefined],
    ["an escaped key", '{"\\u0061":"x"}', "a", "x"],
    ["an element of an array", '{"b":[7]}', "b.0", 7],
    ["the length of an array, which is its own", '{"b":[7,8]}', "b.length", 2],
    ["a key named __proto__", '{"__proto__":"x"}', "__proto__", "x"],
    ["what only a prototype has", '{"ab":{}}', "ab.__proto__.a", undefined],
    ["the key without a name", '{"":"x"}', "", "x"],
    ["a number that no double holds", '{"a":972526516435552972}', "a", 972_526_516_435_553_000],
    ["the largest number of short ones", '{"a":999999999999999}', "a", 999_999_999_999_999],
    ["a text with an escape", '{"a":"\\u00e9"}', "a", "é"],
    ["a text beyond ASCII", '{"a":"é😀"}', "a", "é😀"],
    ["a text with half a surrogate", '{"a":"\\ud83d"}', "a", "\ud83d"],
  ])("may be %s", (_, text, path, value) => {
    const fields = new EventFields([...paths]);

    fields.read(Buffer.from(text), 0);

    expect(usable(fields.value(path))).toBe(value);
  });

  test("are of the last event that was read, and of no other", () => {
    const fields = new EventFields(["a", "b"]);
    const texts = ['{"a":1,"a":2}', '{"b":3}', "{}"];

    const values = texts.map((text) => {
      fields.read(Buffer.from(text), 0);
      return [fields.value("a"), fields.value("b")];
    });

    expect(values).toEqual([
      [2, undefined],
      [undefined, 3],
      [undefined, undefined],
    ]);
  });

  test("that were not named beforehand cannot be asked for", () => {
    const fields = new EventFields(["a.b"]);
    fields.read(Buffer.from('{"a":{"b":1}}'), 0);

    expect(() => fields.value("a")).toThrow("a is not among the paths that are read.");
  });
});
