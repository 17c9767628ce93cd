import { expect, test } from "vitest";
import { printable, printableLines } from "./printable.ts";

test.for([
  ["plain text, é, 漢, 🙂", "plain text, é, 漢, 🙂"],
  ["\u001b[31mred\u0007", "\\u001b[31mred\\u0007"],
  ["two\nlines\r\tand a tab", "two\\nlines\\r\\tand a tab"],
  ["\u009b2J \u007f", "\\u009b2J \\u007f"],
  ["user\u202egpj.exe \u2066x", "user\\u202egpj.exe \\u2066x"],
  ["half \ud83d of", "half \\ud83d of"],
] as const)("%j becomes %j", ([text, expected]) => {
  const safe = printable(text);

  expect(safe).toBe(expected);
});

test("leaves line breaks and tabs where lines are wanted, and nothing else", () => {
  const safe = printableLines("a\n\tb\r\u001b");

  expect(safe).toBe("a\n\tb\\u000d\\u001b");
});
