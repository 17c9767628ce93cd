import { expect, test } from "vitest";
import { wrap } from "./wrap.ts";

test("a sentence is broken between words, and its further lines are indented", () => {
  const text = wrap("one two three four five", { isTTY: true, columns: 12 }, 3, "  ");

  expect(text.split("\n")).toEqual(["one two", "  three four", "  five"]);
});

test("a word that is wider than the terminal stays whole", () => {
  const text = wrap("a https://example.com/very/long b", { isTTY: true, columns: 10 }, 0, " ");

  expect(text.split("\n")).toEqual(["a", " https://example.com/very/long", " b"]);
});

test("in a pipe a sentence stays one line", () => {
  const text = wrap("one two three", { isTTY: false, columns: 5 }, 0, "  ");

  expect(text).toBe("one two three");
});
