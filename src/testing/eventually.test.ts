import { expect, test } from "vitest";
import { eventually, promptly } from "./eventually.ts";

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

test("is prompt if one of five calls is, as on a machine that stalls", async () => {
  const took = [2_000, 700, 40, 1];

  await promptly(50, async () => took.shift() ?? 0);

  expect(took).toEqual([1]);
});

test("is not prompt if none of them is", async () => {
  await expect(promptly(50, async () => 51)).rejects.toThrow("51, 51, 51, 51, 51");
});
