import { expect, test } from "vitest";
import { OneByOne } from "./one-by-one.ts";

test("each begins when the one before has ended, also if that failed, and has its own result", async () => {
  const line = new OneByOne();
  const happened: string[] = [];
  const first = Promise.withResolvers<string>();

  const results = [
    line.run(() => first.promise.finally(() => happened.push("first ended"))),
    line.run(async () => {
      happened.push("second");
      throw new Error("fails");
    }),
    line.run(async () => {
      happened.push("third");
      return "third";
    }),
  ];
  const settled = Promise.allSettled(results);
  await new Promise(setImmediate);
  expect(happened).toEqual([]);
  first.resolve("first");

  expect((await settled).map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(await results[2]).toBe("third");
  expect(happened).toEqual(["first ended", "second", "third"]);
});
