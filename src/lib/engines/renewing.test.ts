import { expect, test } from "vitest";
import { renewing } from "./renewing.ts";

/** Reads these one after the other. */
const readerOf = (...steps: readonly string[]): (() => string) => {
  const left = [...steps];
  return () => {
    const step = left.shift() ?? "";
    if (step === "gone") throw new Error("gone");
    return step;
  };
};

test("what was renewed is read anew; what cannot be read is what it was", async () => {
  const newest = renewing(readerOf("first", "second", "gone", "gone", "third"));

  const seen: string[] = [];
  for (let time = 0; time < 4; time += 1) {
    seen.push(newest());
    await Promise.resolve();
  }

  expect(seen).toEqual(["second", "second", "second", "third"]);
});

test("parts that are asked for in one go are of one reading", async () => {
  const newest = renewing(readerOf("first", "second", "third"));

  expect([newest(), newest()]).toEqual(["second", "second"]);
  await Promise.resolve();
  expect(newest()).toBe("third");
});

test("what cannot be read at first is told at once", () => {
  expect(() => renewing(readerOf("gone"))).toThrow("gone");
});
