import { expect, test } from "vitest";
import { printable, printableJson, printableLines } from "./printable.ts";

test.for([
  ["plain text, é, 漢, 🙂", "plain text, é, 漢, 🙂"],
  ["\u001b[31mred\u0007", "\\u001b[31mred\\u0007"],
  ["two\nlines\r\tand a tab", "two\\nlines\\r\\tand a tab"],
  ["\u009b2J \u007f", "\\u009b2J \\u007f"],
  ["user\u202egpj.exe \u2066x", "user\\u202egpj.exe \\u2066x"],
  ["\u061c\u200e\u200f \u2028", "\\u061c\\u200e\\u200f \\u2028"],
  ["half \ud83d of", "half \\ud83d of"],
] as const)("%j becomes %j", ([text, expected]) => {
  const safe = printable(text);

  expect(safe).toBe(expected);
});

test("JSON becomes the same JSON in other characters, and keeps its lines", () => {
  const value = { "\u009b\u202e\ufeff": ["\u007f\u2028\ud83d\ude00é\n", '"\\'] };
  const json = JSON.stringify(value).replace(",", ",\r\n\t");

  const safe = printableJson(json);

  expect(JSON.parse(safe)).toEqual(value);
  expect(safe).toBe('{"\\u009b\\u202e\\ufeff":["\\u007f\\u2028😀é\\n", \n\t"\\"\\\\"]}');
});

test("leaves line breaks and tabs where lines are wanted, and nothing else", () => {
  const safe = printableLines("a\n\tb\r\u001b");

  expect(safe).toBe("a\n\tb\\u000d\\u001b");
});
