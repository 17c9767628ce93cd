import { expect, test } from "vitest";
import { failedOf } from "./settled.ts";

test("what failed has its place among all, and its reason, also if that is none", async () => {
  const asked = [Promise.reject(new Error("slow")), Promise.resolve("well"), Promise.reject(undefined)];

  const failed = failedOf(await Promise.allSettled(asked));

  expect(failed).toEqual([
    { place: 0, reason: new Error("slow") },
    { place: 2, reason: undefined },
  ]);
});

test("of what went well, nothing failed", async () => {
  expect(failedOf(await Promise.allSettled([Promise.resolve()]))).toEqual([]);
});
