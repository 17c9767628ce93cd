import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { damaged, jsonText } from "../../test/support/events/json-text.ts";
import { endOfValue, skipSpace } from "./json-scan.ts";

/** Whether the bytes are one JSON value and nothing else. */
function isJson(bytes: Uint8Array): boolean {
  const end = endOfValue(bytes, skipSpace(bytes, 0));
  return end >= 0 && skipSpace(bytes, end) === bytes.length;
}

function isParsed(bytes: Buffer): boolean {
  try {
    JSON.parse(bytes.toString());
    return true;
  } catch {
    return false;
  }
}

describe("what is JSON", () => {
  test("is what JSON.parse takes, of texts in any spelling", () => {
    fc.assert(
      fc.property(jsonText(), (text) => {
        const bytes = Buffer.from(text);

        expect([isParsed(bytes), isJson(bytes)]).toEqual([true, true]);
      }),
      { numRuns: 1_000 },
    );
  });

  test("is what JSON.parse takes, of bytes that are damaged", () => {
    fc.assert(
      fc.property(damaged(jsonText()), (bytes) => {
        expect(isJson(bytes)).toBe(isParsed(bytes));
      }),
      { numRuns: 5_000 },
    );
  });

  test("is what JSON.parse takes, of any bytes in a string, in a number and in a word", () => {
    const bytes = Array.from({ length: 256 }, (_, byte) => byte);
    const frames = [
      '"?"',
      '"\\?"',
      '"\\u00?1"',
      "?",
      "-?",
      "1?",
      "1.?",
      "1e?",
      "1e+?1",
      "nul?",
      "[?]",
      "{?}",
    ];

    const texts = frames.flatMap((frame) =>
      bytes.map((byte) => Buffer.from(frame.replace("?", String.fromCharCode(byte)), "latin1")),
    );

    expect(texts.map(isJson)).toEqual(texts.map(isParsed));
  });

  test.each([
    "",
    " ",
    "-",
    "01",
    "-01",
    "1.",
    ".5",
    "+1",
    "1e",
    "1e+",
    "0x1",
    "NaN",
    "tru",
    "truee",
    "[",
    "[1,]",
    "[,1]",
    "[1 2]",
    "[}",
    "{]",
    '{"a"}',
    '{"a":}',
    '{"a":1,}',
    '{,"a":1}',
    "{1:2}",
    '{"a":1 "b":2}',
    '"',
    '"\\',
    '"\\"',
    '"\\u12"',
    '"\\x41"',
    '"a\nb"',
    "'a'",
    "1 1",
    "\ufeff1",
    "\u00a01",
  ])("is not: %j", (text) => {
    const bytes = Buffer.from(text);

    expect([isParsed(bytes), isJson(bytes)]).toEqual([false, false]);
  });

  test("may be 1,000,000 deep, and is not if one bracket is missing", () => {
    const deep = `${"[".repeat(1_000_000)}${"]".repeat(1_000_000)}`;
    const objects = `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`;

    const answers = [deep, objects, deep.slice(1), objects.slice(0, -1)].map((text) =>
      isJson(Buffer.from(text)),
    );

    expect(answers).toEqual([true, true, false, false]);
  });

  test("may be a string of 1,000,000 escapes", () => {
    expect(isJson(Buffer.from(`"${"\\n".repeat(1_000_000)}"`))).toBe(true);
  });
});

test("a value ends before whatever stands behind it", () => {
  const texts = ['"a\\"b" ,', "-1.5e3]", "[[1] ,{}] ]", '{"a":{"b":"}"}}}', "null}"];

  const parts = texts.map((text) => text.slice(0, endOfValue(Buffer.from(text), 0)));

  expect(parts).toEqual(['"a\\"b"', "-1.5e3", "[[1] ,{}]", '{"a":{"b":"}"}}', "null"]);
});
