import * as fc from "fast-check";
import { expect, test } from "vitest";
import { printable } from "../../lib/printable.ts";
import { cutEnd, cutMiddle, pad, widthOf } from "./width.ts";

test.for([
  ["abc", 3],
  ["é", 1],
  ["e\u0301", 1],
  ["漢字", 4],
  ["👩‍👩‍👧", 2],
  ["❤️", 2],
  ["❤", 1],
  ["✅", 2],
  ["🇩🇪", 2],
  ["🌡", 1],
  ["\u0301\u20dd", 0],
  ["a\u200bb", 2],
  ["\u001b[31mred\u001b[39m", 3],
] as const)("%j is %i wide", ([text, width]) => {
  expect(widthOf(text)).toBe(width);
});

test("an id loses its middle, a sentence its end", () => {
  const cut = [
    cutMiddle("7b1d9e04-aaaa-bbbb-c0ffee", 11),
    cutMiddle("7b1d9e04-aaaa-bbbb-c0ffee", 10),
    cutEnd("the handler failed", 11),
  ];

  expect(cut).toEqual(["7b1d9…0ffee", "7b1d9…ffee", "the handle…"]);
});

test("what fits stays whole", () => {
  const cut = [cutMiddle("0ffee", 5), cutMiddle("0ffee", 6), cutEnd("short", 5), cutEnd("short", 6)];

  expect(cut).toEqual(["0ffee", "0ffee", "short", "short"]);
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
