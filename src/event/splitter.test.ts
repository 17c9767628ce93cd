import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { endOfValue } from "./json-scan.ts";
import { bomLength, splitArray } from "./splitter.ts";

/** The elements of an array; its beginning is looked for, and behind its end there may be anything. */
function split(text: string): readonly string[] | "not JSON" {
  const bytes = Buffer.from(text);
  const parts: string[] = [];
  const end = splitArray(bytes, bytes.indexOf("["), Infinity, (start) => {
    const end = endOfValue(bytes, start);
    if (end >= 0) parts.push(bytes.toString("utf8", start, end));
    return end;
  });
  return end < 0 ? "not JSON" : parts;
}

const space = fc.string({ unit: fc.constantFrom(" ", "\t", "\r", "\n"), maxLength: 4 });
const printedJson = fc
  .tuple(fc.json({ stringUnit: "binary" }), fc.constantFrom(0, 1, 4))
  .map(([json, indent]) => JSON.stringify(JSON.parse(json), null, indent));

describe("the parts of an array", () => {
  test("are its elements as printed, whatever stands around them", () => {
    const element = fc.tuple(space, printedJson, space);
    fc.assert(
      fc.property(
        fc.boolean(),
        space,
        fc.array(element),
        space,
        space,
        (bom, before, elements, inside, after) => {
          const inner = elements.length === 0 ? inside : elements.map((texts) => texts.join("")).join(",");
          const text = `${bom ? "\ufeff" : ""}${before}[${inner}]${after}`;

          const parts = split(text);

          expect(parts).toEqual(elements.map(([, json]) => Buffer.from(json).toString()));
        },
      ),
    );
  });

  test.each([
    ["nothing", "[]", []],
    ["only white space", "\ufeff [ \r\n\t ] ", []],
    ["one number", "[ 1 ]", ["1"]],
    ["words", "[true,false , null]", ["true", "false", "null"]],
    ["brackets in strings", '["[","]","{}",",","\\"]"]', ['"["', '"]"', '"{}"', '","', '"\\"]"']],
    ["backslashes before a quote", '["\\\\","a\\\\\\"b"]', ['"\\\\"', '"a\\\\\\"b"']],
    ["nested arrays", "[[1,[2]],[],[[]]]", ["[1,[2]]", "[]", "[[]]"]],
    ["objects with commas", '[{"a":[1,2],"b":{"c":","}} ,{}]', ['{"a":[1,2],"b":{"c":","}}', "{}"]],
    [
      "surrogates and escapes of them",
      '["😀","\\ud83d\\ude00","\\ud83d"]',
      ['"😀"', '"\\ud83d\\ude00"', '"\\ud83d"'],
    ],
    [
      "duplicate keys and long numbers",
      '[{"a":1,"a":1.0e0},12345678901234567890]',
      ['{"a":1,"a":1.0e0}', "12345678901234567890"],
    ],
  ])("of %s", (_, text, parts) => {
    expect(split(text)).toEqual(parts);
  });

  test("end where the array does", () => {
    const bytes = Buffer.from(" [1 , 2] ]");

    const end = splitArray(bytes, 1, Infinity, (start) => start + 1);

    expect(end).toBe(8);
  });

  test("can be had so many at a time", () => {
    const bytes = Buffer.from("[1 , 2,3 , 4]");
    const starts: number[] = [];
    const next = (from: number): number =>
      splitArray(bytes, from, 2, (start) => {
        starts.push(start);
        return start + 1;
      });

    const comma = next(0);
    const end = next(comma);

    expect([comma, end]).toEqual([6, 13]);
    expect(starts).toEqual([1, 5, 7, 11]);
  });

  test.each(["[", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "[1}", "[x]"])("are none of %s", (text) => {
    expect(split(text)).toBe("not JSON");
  });

  test("may be nested 100,000 deep", () => {
    const deep = "[".repeat(100_000) + "]".repeat(100_000);
    const objects = '{"a":'.repeat(100_000) + "1" + "}".repeat(100_000);

    const parts = split(`[${deep}, ${objects}]`);

    expect(parts).toEqual([deep, objects]);
  });
});

test("a byte order mark is told from its beginning", () => {
  const lengths = ["\ufeff[]", "[]", ""].map((text) => bomLength(Buffer.from(text)));

  expect(lengths).toEqual([3, 0, 0]);
  expect(bomLength(Buffer.from([0xef, 0xbb]))).toBe(0);
});
