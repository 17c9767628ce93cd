import { expect, test } from "vitest";
import { brokenOff, summary } from "./summary.ts";

test("a trial that an error ended is told as that, and not as a broken promise", () => {
  const result = brokenOff("nats", [], new Error("the server did not come back"));

  expect(result).toMatchObject({ violations: [], brokenOff: "round 1: Error: the server did not come back" });
  expect(summary([result])).toContain("✗ nats broke off in round 1: Error: the server did not come back");
});
