import { expect, test } from "vitest";
import { Lanes, lateMs, mostParkMs, narrow, wide, type LaneItem } from "./lanes.ts";

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
  const parkMs = (copy: string): number => lanes.at("lane").parkMs({ copy });
  return { lanes, lane, enter, leave, pass, parkMs };
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
  const { lanes, enter, leave, pass, parkMs } = startLanes();
  const parked = enter(copies);
  expect(parked).toEqual(copies.slice(wide.most));
  expect(parked.map(parkMs)).toEqual(parked.map(() => wide.parkMs));
  leave(60);

  // Sixty places are free, but whoever comes now must not overtake those that wait in the queue.
  expect(enter(["late"])).toEqual(["late"]);
  pass(wide.parkMs);
  expect(enter([...parked, "late"])).toEqual([]);
  const turns = leave(many + 1 - 60);

  expect(turns).toEqual([...copies.slice(61), "late", undefined]);
  expect(lanes.size).toBe(0);
});

test("what is far behind waits as long as the lane takes at the fastest for what is before it, up to ten seconds", () => {
  const { enter, leave, pass, parkMs } = startLanes();
  const all = Array.from({ length: 60 * wide.most }, (_, index) => `copy ${index}`);
  const fill = (number: number): readonly string[] => all.slice(number * wide.most, (number + 1) * wide.most);

  enter(all);
  const waits = Array.from({ length: 59 }, (_, number) => new Set(fill(number + 1).map(parkMs)));

  expect(waits.map((some) => [...some])).toEqual(
    waits.map((_, number) => [Math.min((number + 1) * wide.parkMs, 10_000)]),
  );

  // What comes back finds the lane half full: it has come in vain, and those behind it wait behind what is left of it.
  leave(wide.most / 2);
  pass(wide.parkMs);
  expect(enter(fill(1))).toEqual(fill(1).slice(wide.most / 2));
  expect(parkMs(all[2 * wide.most - 1] ?? "")).toBe(wide.parkMs);
  expect(enter(fill(3))).toEqual(fill(3));
  expect(new Set(fill(3).map(parkMs))).toEqual(new Set([3 * wide.parkMs]));
});

test("how often a copy comes in vain grows far less than how many wait", () => {
  const [few, many] = [timesInVain(5 * wide.most), timesInVain(50 * wide.most)];

  expect(few).toBeLessThan(5);
  expect(many).toBeLessThan(15);
});

/** How often each copy is handed out in vain, on average, while a lane handles one each 2 ms. */
function timesInVain(count: number): number {
  const { lane, enter, leave, pass, parkMs } = startLanes();
  const due = new Map(Array.from({ length: count }, (_, index) => [`copy ${index}`, 0]));
  let [now, parkings, inLane] = [0, 0, 0];
  while (due.size > 0 || inLane > 0) {
    const ready = [...due].filter(([, at]) => at <= now).map(([copy]) => copy);
    for (const copy of ready) due.delete(copy);
    const parked = enter(ready);
    inLane += ready.length - parked.length;
    parkings += parked.length;
    for (const copy of parked) due.set(copy, now + parkMs(copy));
    const done = Math.min(inLane, 25);
    leave(done);
    inLane -= done;
    pass(50);
    now += 50;
  }
  expect(lane.leave()).toBeUndefined();
  return parkings / count;
}

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
  const { lane, enter, leave, parkMs } = startLanes();
  const parked = enter(copies);

  const held = copiesOf(lane.hold());
  expect(held).toEqual(copies.slice(narrow.most, wide.most));
  expect(held.map(parkMs)).toEqual(held.map(() => narrow.parkMs));
  expect(enter(["late"])).toEqual(["late"]);
  leave(1);
  const back = enter([...parked, ...held, "late"]);

  // Those that were parked before came later than those that were held back.
  expect(back).toEqual([...parked, "late"]);
  leave(wide.most);
  expect(enter(back)).toEqual([]);
});

test("behind one that hangs what comes in vain waits twice as long each time, up to ten seconds, until that one is over", () => {
  const { enter, leave, pass, parkMs } = startLanes();
  const [first = "", second = ""] = enter(copies);
  const comesInVain = (copy: string): number => {
    pass(parkMs(copy));
    expect(enter([copy])).toEqual([copy]);
    return parkMs(copy);
  };

  const waits = Array.from({ length: 8 }, () => comesInVain(first));
  comesInVain(second);
  leave(1);
  expect(enter([first])).toEqual([]);

  expect(waits).toEqual([400, 800, 1_600, 3_200, 6_400, mostParkMs, mostParkMs, mostParkMs]);
  expect(comesInVain(second)).toBe(wide.parkMs);
});

test("of all lanes those are held whose first one is meant", () => {
  const { lanes, enter } = startLanes();
  enter(copies);
  lanes.at("short").enter({ copy: "short" });
  const meant: string[] = [];

  const held = lanes.hold(({ copy }) => {
    meant.push(copy);
    return copy === copies[0];
  });

  expect(meant).toEqual([copies[0], "short"]);
  expect(copiesOf(held)).toEqual(copies.slice(narrow.most, wide.most));
});

test("the lane is wide again when the one that may take long is over", () => {
  const { lane, enter, leave, parkMs } = startLanes();
  enter(["a"]);
  lane.hold();
  expect(enter(["b", "c", "d"])).toEqual(["d"]);
  expect(parkMs("d")).toBe(narrow.parkMs);

  leave(1);

  expect(enter(["e", "d"])).toEqual(["e"]);
  expect(parkMs("e")).toBe(wide.parkMs);
  expect(enter(["e"])).toEqual([]);
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
