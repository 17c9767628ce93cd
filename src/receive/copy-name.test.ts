import { expect, test } from "vitest";
import { copyNames } from "./copy-name.ts";

test("no name comes twice, of one process or of two", () => {
  const [one, two] = [copyNames(), copyNames()];

  const names = Array.from({ length: 5_000 }, () => [one(), two()]).flat();

  expect(new Set(names).size).toBe(10_000);
});

test("names are short and plain", () => {
  const newCopy = copyNames();

  const names = Array.from({ length: 1_000 }, () => newCopy());

  for (const name of names) expect(name).toMatch(/^[\w-]{12}\.[0-9a-z]{1,2}$/);
});
