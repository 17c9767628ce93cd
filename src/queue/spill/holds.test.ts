import { expect, test } from "vitest";
import { Holds } from "./holds.ts";

test("what is refused again is held twice as long, from ten seconds up to ten minutes", () => {
  const holds = new Holds<string>();
  const lengths = Array.from({ length: 9 }, () => {
    holds.refuse("one", 1_000);
    return holds.nextEnd(1_000) - 1_000;
  });

  expect(lengths.map((ms) => ms / 1_000)).toEqual([10, 20, 40, 80, 160, 320, 600, 600, 600]);
});

test("is tried when its time has come, and counts as refused until it is taken", () => {
  const holds = new Holds<string>();
  holds.refuse("one", 0);
  holds.refuse("other", 5_000);

  expect(holds.held(9_999)).toEqual(["one", "other"]);
  expect(holds.nextEnd(9_999)).toBe(10_000);
  expect(holds.held(10_000)).toEqual(["other"]);
  expect([holds.has("one"), holds.nextEnd(10_000)]).toEqual([true, 15_000]);

  holds.free("one");
  expect(holds.has("one")).toBe(false);
});

test("what may not be refused at all is held for a second, and for ten if it is refused then", () => {
  const holds = new Holds<string>();

  holds.doubt("one", 0);

  expect([holds.has("one"), holds.nextEnd(0)]).toEqual([true, 1_000]);
  holds.refuse("one", 1_000);
  expect(holds.nextEnd(1_000)).toBe(11_000);
});
