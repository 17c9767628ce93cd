import { expect, test } from "vitest";
import { HandOutLimits } from "./hand-out-limit.ts";

const mebi = 1024 * 1024;

test("less is handed out after what did not arrive, and more again after what was full and came soon", () => {
  const limits = new HandOutLimits();
  expect(limits.next).toEqual({ bytes: 16 * mebi });

  limits.failed();
  limits.arrived(100, 5);
  limits.arrived(mebi, 2_000);
  expect(limits.next).toEqual({ bytes: mebi });

  limits.arrived(mebi, 5);
  expect(limits.next).toEqual({ bytes: 2 * mebi });
});

test("the least that does not arrive may take longer, until something comes soon", () => {
  const limits = new HandOutLimits();

  for (let failures = 0; failures < 3; failures += 1) limits.failed();
  expect(limits.next).toEqual({ bytes: mebi / 16, withinMs: 15_000 });

  limits.arrived(100, 5);
  expect(limits.next).toEqual({ bytes: mebi / 16 });
});
