import { expect, test } from "vitest";
import { Line } from "./line.ts";

test("nothing waits behind nothing; what waits already may be of any shard", () => {
  expect(new Line(4, false).mustWait(2, "a")).toBe(false);
  expect(new Line(4, true).mustWait(2, "a")).toBe(true);
});

test("what comes for a shard waits behind what entered, until nothing of it is found", () => {
  const line = new Line(4, false);
  line.enter([2]);
  expect([line.mustWait(2, "a"), line.mustWait(1, "b")]).toEqual([true, false]);

  const early = line.turn(0);
  line.enter([2]);
  expect(line.clear(early)).toBe(false);
  expect(line.mustWait(2, "a")).toBe(true);

  expect(line.clear(line.turn(0))).toBe(true);
  expect(line.mustWait(2, "a")).toBe(false);
});

test("a shard that is refused is not asked for, and waits; the others are free", () => {
  const line = new Line(4, true);
  line.shards.refuse(2, 0);

  const turn = line.turn(0);
  line.clear(turn);

  expect(new Set(turn.shards)).toEqual(new Set([0, 1, 3]));
  expect([0, 1, 2, 3].map((shard) => line.mustWait(shard, "a"))).toEqual([false, false, true, false]);
  expect(line.turn(10_000).shards).toContain(2);
});

test("a shard that was refused is asked for again as soon as something of it is taken", () => {
  const line = new Line(4, true);
  line.shards.refuse(2, 0);

  line.taken(2, "a");

  expect(line.turn(0).shards).toContain(2);
});

test("a lane that is refused is passed over, and holds up itself alone until all of it is gone", () => {
  const line = new Line(4, true);
  line.lanes.refuse("a", 0);
  const turn = line.turn(0);
  line.clear(turn);
  expect(turn.without).toEqual(["a"]);
  expect([line.mustWait(2, "a"), line.mustWait(2, "b")]).toEqual([true, false]);

  expect(line.turn(10_000).without).toEqual([]);
  line.taken(2, "a");
  expect([line.mustWait(2, "a"), line.mustWait(2, "b")]).toEqual([true, true]);

  line.clear(line.turn(10_001));
  expect(line.mustWait(2, "a")).toBe(false);
});

test("what is taken holds up nobody, unless more of its lane waits", () => {
  const line = new Line(4, false);

  line.taken(2, "a");

  expect(line.isEmpty).toBe(true);
});

test("what is held is to be tried again when the first of it may, lane or shard", () => {
  const line = new Line(4, true);
  expect(line.nextEnd(0)).toBe(Infinity);

  line.lanes.refuse("a", 2_000);
  const lane = line.nextEnd(2_000);
  line.shards.refuse(2, 0);

  expect([lane, line.nextEnd(2_000), line.nextEnd(10_000)]).toEqual([12_000, 10_000, 12_000]);
});

test("each shard comes first at times", () => {
  const line = new Line(3, true);

  expect(new Set([1, 2, 3].map(() => line.turn(0).shards[0]))).toEqual(new Set([0, 1, 2]));
});

test("whoever is held back is let in with those who came later, however often others are held back meanwhile", () => {
  const line = new Line(4, false);
  line.holdBack();
  const { heldBack } = line;

  line.holdBack();

  expect(heldBack).toBeDefined();
  expect(line.heldBack).toBe(heldBack);
});
