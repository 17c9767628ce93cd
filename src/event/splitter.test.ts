import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bomLength, splitArray } from "./splitter.ts";

const split = (text: string): readonly string[] =>
  splitArray(Buffer.from(text)).map((part) => Buffer.from(part).toString());

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

  test("keep bytes that are no UTF-8", () => {
    const bytes = Buffer.from([0x5b, 0x22, 0xff, 0xc3, 0x22, 0x2c, 0x22, 0xe2, 0x82, 0x22, 0x5d]);

    const parts = splitArray(bytes);

    expect(parts).toEqual([bytes.subarray(1, 5), bytes.subarray(6, 10)]);
  });

  test("are views, not copies", () => {
    const bytes = Buffer.from("[1,2]");

    const parts = splitArray(bytes);

    expect(parts.map((part) => part.buffer === bytes.buffer)).toEqual([true, true]);
  });

  test("may be nested 100,000 deep", () => {
    const deep = "[".repeat(100_000) + "]".repeat(100_000);
    const objects = '{"a":'.repeat(100_000) + "1" + "}".repeat(100_000);

    const parts = split(`[${deep}, ${objects}]`);

    expect(parts.map((part) => part.length)).toEqual([deep.length, objects.length]);
  });
});

test("a byte order mark is told from its beginning", () => {
  const lengths = ["\ufeff[]", "[]", ""].map((text) => bomLength(Buffer.from(text)));

  expect(lengths).toEqual([3, 0, 0]);
  expect(bomLength(Buffer.from([0xef, 0xbb]))).toBe(0);
});
