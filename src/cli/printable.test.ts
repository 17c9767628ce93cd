import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cutEnd, cutMiddle, pad, printable, printableLines, widthOf } from "./printable.ts";

describe("printable", () => {
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
});

describe("widths", () => {
  test.for([
    ["abc", 3],
    ["é", 1],
    ["e\u0301", 1],
    ["漢字", 4],
    ["👩‍👩‍👧", 2],
    ["\u001b[31mred\u001b[39m", 3],
  ] as const)("%j is %i wide", ([text, width]) => {
    expect(widthOf(text)).toBe(width);
  });

  test("an id loses its middle, a sentence its end", () => {
    const cut = [
      cutMiddle("7b1d9e04-aaaa-bbbb-c0ffee", 11),
      cutEnd("the handler failed", 11),
      cutEnd("short", 11),
    ];

    expect(cut).toEqual(["7b1d9…0ffee", "the handle…", "short"]);
  });

  test("what is cut and filled up has exactly the width asked for", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.integer({ min: 3, max: 20 }), (text, width) => {
        const safe = printable(text);

        expect(widthOf(pad(cutMiddle(safe, width), width))).toBe(width);
        expect(widthOf(pad(cutEnd(safe, width), width, "right"))).toBe(width);
      }),
    );
  });
});
