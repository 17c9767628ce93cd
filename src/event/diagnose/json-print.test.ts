import { expect, test } from "vitest";
import { printedForms } from "./json-print.ts";

test("a string of millions of escapes is printed too", () => {
  const text = JSON.stringify({ text: "\n".repeat(4_000_000) });

  const [compact] = printedForms(text);

  expect(compact?.text === text).toBe(true);
});
