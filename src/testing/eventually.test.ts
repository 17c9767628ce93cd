import { expect, test } from "vitest";
import { eventually } from "./eventually.ts";

test("asks again until the fact is there", async () => {
  let asked = 0;

  const answer = await eventually(() => {
    asked += 1;
    if (asked < 3) throw new Error("not yet");
    return "now";
  });

  expect([answer, asked]).toEqual(["now", 3]);
});

test("gives up with what the last try threw", async () => {
  let asked = 0;

  const waiting = eventually(() => {
    asked += 1;
    throw new Error(`try ${asked}`);
  }, 50);

  await expect(waiting).rejects.toThrow(/^try [1-9]/);
  expect(asked).toBeGreaterThan(1);
});
