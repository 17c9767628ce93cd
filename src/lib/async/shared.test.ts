import { expect, test } from "vitest";
import { shared } from "./shared.ts";

test("who asks while a question is under way gets its answer, and who asks later a new one", async () => {
  let asked = 0;
  const ask = shared(async () => (asked += 1));

  const together = await Promise.all([ask(), ask()]);
  const later = await ask();

  expect([...together, later]).toEqual([1, 1, 2]);
});

test("a question that failed is asked again", async () => {
  const answers = [Promise.reject(new Error("away")), Promise.resolve("back")];
  const ask = shared(async () => answers.shift());

  await expect(ask()).rejects.toThrow("away");

  await expect(ask()).resolves.toBe("back");
});
