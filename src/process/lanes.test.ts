import { expect, test } from "vitest";
import { Lanes, lateMs, narrow, wide, type LaneItem } from "./lanes.ts";

/** More than one lane takes. */
const many = wide.most + 50;
const copies = Array.from({ length: many }, (_, index) => `copy ${index}`);

/** Lanes under a clock that is moved by hand. */
function startLanes() {
  let time = 0;
  const lanes = new Lanes<LaneItem>(() => time);
  const lane = lanes.at("lane");
  /** Puts copies into the lane; gives those that have to wait in the queue. */
  const enter = (names: readonly string[]): readonly string[] =>
    names.filter((copy) => lanes.at("lane").enter({ copy }) === "parked");
  /** The first `count` end, one after the other; gives the first of each time. */
  const leave = (count: number): readonly (string | undefined)[] =>
    Array.from({ length: count }, () => lane.leave()?.copy);
  const pass = (ms: number): void => void (time += ms);
  return { lanes, lane, enter, leave, pass };
}

const copiesOf = (items: readonly LaneItem[]): readonly string[] => items.map(({ copy }) => copy);

test("what is in a lane has its turn one after the other, in order", () => {
  const { lane } = startLanes();

  const entrances = ["a", "b", "c"].map((copy) => lane.enter({ copy }));
  const turns = [lane.leave(), lane.leave(), lane.leave()];

  expect(entrances).toEqual(["turn", "waits", "waits"]);
  expect(turns).toEqual([{ copy: "b" }, { copy: "c" }, undefined]);
});

test("a lane does not wait for another", () => {
  const { lanes, lane } = startLanes();
  lane.enter({ copy: "a" });

  expect(lanes.at("other").enter({ copy: "b" })).toBe("turn");
});

test("a lane is forgotten when all in it is over", () => {
  const { lanes, enter, leave } = startLanes();
  enter(["a", "b"]);

  leave(1);
  expect(lanes.size).toBe(1);
  leave(1);

  expect(lanes.size).toBe(0);
});

test("the surplus of a long lane waits in the queue, and comes back in the order of arrival", () => {
  const { lanes, lane, enter, leave, pass } = startLanes();
  const parked = enter(copies);
  expect(parked).toEqual(copies.slice(wide.most));
  expect(lane.parkMs).toBe(wide.parkMs);
  leave(60);

  // Sixty places are free, but whoever comes now must not overtake those that wait in the queue.
  expect(enter(["late"])).toEqual(["late"]);
  pass(wide.parkMs);
  expect(enter([...parked, "late"])).toEqual([]);
  const turns = leave(many + 1 - 60);

  expect(turns).toEqual([...copies.slice(61), "late", undefined]);
  expect(lanes.size).toBe(0);
});

test("a copy that is sent back once more keeps its place before the later ones", () => {
  const { enter, leave, pass } = startLanes();
  const [first = "", second = ""] = enter(copies);
  pass(wide.parkMs);
  expect(enter([first])).toEqual([first]);
  leave(10);

  expect(enter([second, first])).toEqual([second]);
  expect(enter([second])).toEqual([]);
});

test("a copy that comes back late, as from a busy queue, still has its turn before the later ones", () => {
  const { enter, leave, pass } = startLanes();
  const [late = "", next = ""] = enter(copies);
  leave(wide.most);
  pass(wide.parkMs + 5_000);

  expect(enter([next])).toEqual([next]);

  expect(enter([late, next])).toEqual([]);
});

test("a copy that never comes back does not hold up the others for ever", () => {
  const { enter, leave, pass } = startLanes();
  const [lost = "", next = ""] = enter(copies);
  leave(wide.most);
  pass(wide.parkMs);
  expect(enter([next])).toEqual([next]);

  pass(lateMs + 1);

  expect(enter([next])).toEqual([]);
  expect(lost).not.toBe(next);
});

test("a lane whose parked copies never came is forgotten with the next end", () => {
  const { lanes, enter, leave, pass } = startLanes();
  enter(copies);
  leave(wide.most - 1);

  pass(wide.parkMs + lateMs + 1);
  leave(1);

  expect(lanes.size).toBe(0);
});

test("nothing is expected of lanes that are another process's now", () => {
  const { lanes, enter, leave } = startLanes();
  const [, next = ""] = enter(copies);
  leave(wide.most);

  lanes.expectNothing((key) => key !== "lane");
  expect(enter([next])).toEqual([next]);
  lanes.expectNothing((key) => key === "lane");

  expect(lanes.size).toBe(0);
  expect(enter([next])).toEqual([]);
});

test("a lane is remembered as long as copies are to come back to it", () => {
  const { lanes, enter, leave } = startLanes();
  const parked = enter(copies);

  leave(wide.most);

  expect(lanes.size).toBe(1);
  expect(enter(["late"])).toEqual(["late"]);
  expect(enter(parked)).toEqual([]);
});

test("behind one that may take long only few wait; the surplus goes to the queue for longer, in its order", () => {
  const { lane, enter, leave } = startLanes();
  const parked = enter(copies);

  const held = copiesOf(lane.hold());
  expect(held).toEqual(copies.slice(narrow.most, wide.most));
  expect(lane.parkMs).toBe(narrow.parkMs);
  expect(enter(["late"])).toEqual(["late"]);
  leave(1);
  const back = enter([...parked, ...held, "late"]);

  // Those that were parked before came later than those that were held back.
  expect(back).toEqual([...parked, "late"]);
  leave(wide.most);
  expect(enter(back)).toEqual([]);
});

test("the lane is wide again when the one that may take long is over", () => {
  const { lane, enter, leave } = startLanes();
  enter(["a"]);
  lane.hold();
  expect(enter(["b", "c", "d"])).toEqual(["d"]);

  leave(1);

  expect(lane.parkMs).toBe(wide.parkMs);
  expect(enter(["d", "e"])).toEqual([]);
});

test("a lane that is cleared gives all, and takes them back in their order before those that were parked already", () => {
  const { lane, enter, leave } = startLanes();
  const parked = enter(copies);

  const cleared = copiesOf(lane.clear());

  expect(cleared).toEqual(copies.slice(0, wide.most));
  expect(enter(["late"])).toEqual(["late"]);
  expect(enter(parked)).toEqual(parked);
  expect(enter(cleared.slice(0, narrow.most))).toEqual([]);
  expect(leave(narrow.most)).toEqual([...cleared.slice(1, narrow.most), undefined]);
});
