import { expect, test, vi } from "vitest";
import { atExit } from "./at-exit.ts";

test("all calls have one listener, which leaves with the last of them; what was taken back is not called", () => {
  const before = process.listeners("exit");
  const [first, second] = [vi.fn(), vi.fn()];

  const taken = atExit(first);
  const kept = atExit(second);
  const added = process.listeners("exit").filter((listener) => !before.includes(listener));
  taken[Symbol.dispose]();
  for (const listener of added) listener(0);
  kept[Symbol.dispose]();

  expect(added).toHaveLength(1);
  expect([first, second].map(({ mock }) => mock.calls.length)).toEqual([0, 1]);
  expect(process.listeners("exit")).toEqual(before);
});
