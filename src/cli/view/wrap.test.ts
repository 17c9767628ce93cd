import { expect, test } from "vitest";
import { wrap } from "./wrap.ts";

test("a sentence is broken between words, and its further lines are indented", () => {
  const text = wrap("one two three four five", { isTTY: true, columns: 12 }, "  ", 3);

  expect(text.split("\n")).toEqual(["one two", "  three four", "  five"]);
});

test("a word that is wider than the terminal stays whole", () => {
  const text = wrap("a https://example.com/very/long b", { isTTY: true, columns: 10 }, " ", 0);
  const first = wrap("https://example.com/very/long b", { isTTY: true, columns: 10 }, " ", 0);

  expect(text.split("\n")).toEqual(["a", " https://example.com/very/long", " b"]);
  expect(first.split("\n")).toEqual(["https://example.com/very/long", " b"]);
});

test("each line takes as many words as fit, beside what is taken and behind the indent", () => {
  const texts = [11, 12, 13].map((columns) => wrap("aa bb cc dd ee", { isTTY: true, columns }, "    "));

  expect(texts.map((text) => text.split("\n"))).toEqual([
    ["aa bb", "    cc dd", "    ee"],
    ["aa bb cc", "    dd ee"],
    ["aa bb cc", "    dd ee"],
  ]);
});

test("blanks where a line is broken are dropped", () => {
  const text = wrap("a=one  b=two", { isTTY: true, columns: 7 }, " ", 0);

  expect(text.split("\n")).toEqual(["a=one", " b=two"]);
});

test("in a pipe a sentence stays one line", () => {
  const text = wrap("one two three", { isTTY: false, columns: 5 }, "  ", 0);

  expect(text).toBe("one two three");
});
