import { expect, test } from "vitest";
import { laneful } from "../../queue/driver.ts";
import { fewest, type Lane, type LaneItem, leastParkMs, stockMs } from "./lane.ts";
import { farParkMs, Lanes, mostBack } from "./lanes.ts";
import { lateMs } from "./parked.ts";

/** More than one lane takes. */
const many = laneful + 50;
const copies = Array.from({ length: many }, (_, index) => `copy ${index}`);

/** Lanes under a clock that is moved by hand. */
function startLanes() {
  let [time, answered] = [0, 0];
  const lanes = new Lanes<LaneItem>(
    () => time,
    () => answered,
  );
  const lane = lanes.at("lane");
  const keep = (names: readonly string[]): void => names.forEach((copy) => lanes.at("lane").kept({ copy }));
  /** Puts copies into the lane; gives those that have to wait in the queue. */
  const offer = (names: readonly string[]): readonly string[] =>
    names.filter((copy) => lanes.at("lane").enter({ copy }) === "parked");
  /** The same, for a queue that has them at once. */
  const enter = (names: readonly string[]): readonly string[] => {
    const parked = offer(names);
    keep(parked);
    return parked;
  };
  /** The first `count` end, one after the other; gives the first of each time. */
  const leave = (count: number): readonly (string | undefined)[] =>
    Array.from({ length: count }, () => lane.leave()?.copy);
  /** Time passes in which the queue does not answer. */
  const away = (ms: number): void => void (time += ms);
  const pass = (ms: number): void => {
    away(ms);
    answered += ms;
  };
  const parkMs = (copy: string): number => lanes.at("lane").parkMs({ copy });
  return { lanes, lane, enter, offer, keep, leave, pass, away, parkMs };
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
  expect(parked).toEqual(copies.slice(laneful));
  expect(parked.map(parkMs)).toEqual(parked.map(() => leastParkMs));
  leave(60);

  // Sixty places are free, but whoever comes now must not overtake those that wait in the queue.
  expect(enter(["late"])).toEqual(["late"]);
  pass(leastParkMs);
  expect(enter([...parked, "late"])).toEqual([]);
  const turns = leave(many + 1 - 60);

  expect(turns).toEqual([...copies.slice(61), "late", undefined]);
  expect(lanes.size).toBe(0);
});

test("what is far behind waits as long as the lane takes at the fastest for what is before it, up to ten seconds", () => {
  const { enter, leave, pass, parkMs } = startLanes();
  const all = Array.from({ length: 60 * laneful }, (_, index) => `copy ${index}`);
  const fill = (number: number): readonly string[] => all.slice(number * laneful, (number + 1) * laneful);

  enter(all);
  const waits = Array.from({ length: 59 }, (_, number) => new Set(fill(number + 1).map(parkMs)));

  expect(waits.map((some) => [...some])).toEqual(
    waits.map((_, number) => [Math.min((number + 1) * leastParkMs, 10_000)]),
  );

  // What comes back finds the lane half full: it has come in vain, and those behind it wait behind what is left of it.
  leave(laneful / 2);
  pass(leastParkMs);
  expect(enter(fill(1))).toEqual(fill(1).slice(laneful / 2));
  expect(parkMs(all[2 * laneful - 1] ?? "")).toBe(leastParkMs);
  expect(enter(fill(3))).toEqual(fill(3));
  expect(new Set(fill(3).map(parkMs))).toEqual(new Set([3 * leastParkMs]));
});

test("how often a copy comes in vain grows far less than how many wait", () => {
  const [few, many] = [timesInVain(5 * laneful), timesInVain(50 * laneful)];

  expect(few).toBeLessThan(5);
  expect(many).toBeLessThan(15);
});

/** How often each copy is handed out in vain, on average, while a lane handles one each 2 ms. */
function timesInVain(count: number): number {
  const stepMs = 50;
  const { lane, enter, leave, pass, parkMs } = startLanes();
  const dueAt = new Map([[0, Array.from({ length: count }, (_, index) => `copy ${index}`)]]);
  let [now, parkings, inLane] = [0, 0, 0];
  while (dueAt.size > 0 || inLane > 0) {
    const ready = dueAt.get(now) ?? [];
    dueAt.delete(now);
    const parked = enter(ready);
    inLane += ready.length - parked.length;
    parkings += parked.length;
    for (const copy of parked) {
      const at = now + Math.ceil(parkMs(copy) / stepMs) * stepMs;
      const others = dueAt.get(at);
      if (others === undefined) dueAt.set(at, [copy]);
      else others.push(copy);
    }
    const done = Math.min(inLane, stepMs / 2);
    leave(done);
    inLane -= done;
    pass(stepMs);
    now += stepMs;
  }
  expect(lane.leave()).toBeUndefined();
  return parkings / count;
}

test("a copy that is sent back once more keeps its place before the later ones", () => {
  const { enter, leave, pass } = startLanes();
  const [first = "", second = ""] = enter(copies);
  pass(leastParkMs);
  expect(enter([first])).toEqual([first]);
  leave(10);

  expect(enter([second, first])).toEqual([second]);
  expect(enter([second])).toEqual([]);
});

test("a copy that comes in vain comes again with the first one that is missing, and not at a time of its own", () => {
  const { enter, leave, pass, parkMs } = startLanes();
  const [first = "", , other = ""] = enter(copies);
  leave(laneful);
  pass(leastParkMs / 4);

  expect(enter([other])).toEqual([other]);
  expect(parkMs(other)).toBe((leastParkMs * 3) / 4);

  // The first one is late, so nobody knows when it comes.
  pass(leastParkMs);
  expect(enter([other])).toEqual([other]);
  expect(parkMs(other)).toBe(leastParkMs);
  expect(enter([first])).toEqual([]);
});

test("the first one that comes in vain, a moment too early, waits as long as before", () => {
  const { enter, pass, parkMs } = startLanes();
  const [first = ""] = enter(copies);

  pass(leastParkMs - 1);

  expect(enter([first])).toEqual([first]);
  expect(parkMs(first)).toBe(leastParkMs);
});

test("what fills the lane next comes again after four seconds at most, however slow the lane is", () => {
  const { enter, leave, pass, parkMs } = startLanes();
  enter(copies);
  pass(1_000);
  leave(1);

  expect(enter(["late"])).toEqual(["late"]);
  expect(parkMs("late")).toBe(4_000);
});

test("what has to wait before the queue has taken the first one back is to come with it, too", () => {
  const { offer, pass, parkMs } = startLanes();
  offer(copies);

  pass(leastParkMs / 4);

  expect(offer(["late"])).toEqual(["late"]);
  expect(parkMs("late")).toBe((leastParkMs * 3) / 4);
});

test("a copy that comes back late, as from a busy queue, still has its turn before the later ones", () => {
  const { enter, leave, pass } = startLanes();
  const [late = "", next = ""] = enter(copies);
  leave(laneful);
  pass(leastParkMs + 5_000);

  expect(enter([next])).toEqual([next]);

  expect(enter([late, next])).toEqual([]);
});

test("a copy that never comes back does not hold up the others for ever", () => {
  const { enter, leave, pass } = startLanes();
  const [lost = "", next = ""] = enter(copies);
  leave(laneful);
  pass(leastParkMs);
  expect(enter([next])).toEqual([next]);

  pass(lateMs + 1);

  expect(enter([next])).toEqual([]);
  expect(lost).not.toBe(next);
});

test("a copy that never comes back lets nobody overtake the one behind it, which is still to come", () => {
  const { enter, leave, pass } = startLanes();
  const [, second = "", third = ""] = enter(copies);
  leave(laneful);
  pass(leastParkMs);
  expect(enter([second])).toEqual([second]);

  pass(lateMs + 1);

  expect(enter([third])).toEqual([third]);
  expect(enter([second, third])).toEqual([]);
});

test("whoever comes for the first time overtakes nobody who waited for too long, and has nobody taken for gone", () => {
  const { enter, leave, pass } = startLanes();
  const parked = enter(copies);
  leave(laneful - 1);

  pass(leastParkMs + lateMs + 1);

  expect(enter(["new"])).toEqual(["new"]);
  expect(enter([...parked, "new"])).toEqual([]);
});

test("while the queue is away nobody overtakes what waits in it", () => {
  const { enter, leave, pass, away } = startLanes();
  const [first = "", next = ""] = enter(copies);
  leave(laneful);
  away(leastParkMs + 3 * lateMs);

  expect(enter([next])).toEqual([next]);
  pass(lateMs);

  expect(enter([next])).toEqual([next]);
  expect(enter([first, next])).toEqual([]);
});

test("nobody overtakes what the queue has not taken back yet, however long that takes", () => {
  const { enter, offer, keep, leave, pass } = startLanes();
  const [first = "", next = ""] = offer(copies);
  keep([next]);
  leave(laneful);

  pass(3 * lateMs);
  expect(enter([next])).toEqual([next]);
  keep([first]);
  pass(lateMs);
  expect(enter([next])).toEqual([next]);

  expect(enter([first, next])).toEqual([]);
});

test("a lane whose parked copies never came is forgotten with the next end", () => {
  const { lanes, enter, leave, pass } = startLanes();
  enter(copies);
  leave(laneful - 1);

  pass(leastParkMs + lateMs + 1);
  leave(1);

  expect(lanes.size).toBe(0);
});

test("nothing is expected of lanes that are another process's now", () => {
  const { lanes, enter, leave } = startLanes();
  const [, next = ""] = enter(copies);
  leave(laneful);

  lanes.expectNothing((key) => key !== "lane");
  expect(enter([next])).toEqual([next]);
  lanes.expectNothing((key) => key === "lane");

  expect(lanes.size).toBe(0);
  expect(enter([next])).toEqual([]);
});

test("a lane of another process in which one is still under way is forgotten when that is over", () => {
  const { lanes, enter, leave } = startLanes();
  enter(copies);
  leave(laneful - 1);

  lanes.expectNothing(() => true);
  expect(lanes.size).toBe(1);
  leave(1);

  expect(lanes.size).toBe(0);
});

test("a lane is remembered as long as copies are to come back to it", () => {
  const { lanes, enter, leave } = startLanes();
  const parked = enter(copies);

  leave(laneful);

  expect(lanes.size).toBe(1);
  expect(enter(["late"])).toEqual(["late"]);
  expect(enter(parked)).toEqual([]);
});

test("when room is short a lane gives back what it does not do within four seconds, and takes no more again", () => {
  const { lane, enter, leave, pass, parkMs } = startLanes();
  const parked = enter(copies);
  for (let count = 0; count < 10; count += 1) {
    pass(100);
    leave(1);
  }

  // Eleven of them would have taken 1,000 ms.
  const most = Math.floor(stockMs / (1_000 / 11));
  const trimmed = copiesOf(lane.trim());
  expect(trimmed).toEqual(copies.slice(10 + most, laneful));
  expect(trimmed.slice(0, most - 10).map(parkMs)).toEqual(
    trimmed.slice(0, most - 10).map(() => (most * 100) / 4),
  );
  expect(enter(["late"])).toEqual(["late"]);
  // One that comes too early is as far behind as before.
  const [last = ""] = trimmed.slice(-1);
  const lastMs = parkMs(last);
  expect(enter([last])).toEqual([last]);
  expect(parkMs(last)).toBe(lastMs);
  leave(most);

  // Those that were parked before came later than those that were given back.
  expect(enter(parked)).toEqual(parked);
  const inOrder = [...trimmed, ...parked, "late"];
  const back = enter(inOrder);
  expect(back.length).toBeLessThan(trimmed.length);
  expect(back).toEqual(inOrder.slice(-back.length));
});

test("a fast lane holds no more after it was trimmed than before", () => {
  const { lane, enter } = startLanes();
  lane.trim();

  expect(enter(copies)).toEqual(copies.slice(laneful));
});

test.each<[string, (lane: Lane<LaneItem>) => void]>([
  ["that is over", (lane) => copies.forEach(() => lane.leave())],
  ["that was taken out", (lane) => lane.clear()],
])("behind one %s nobody waits for longer, however much time passes", (_, end) => {
  const { lane, enter, pass, parkMs } = startLanes();
  enter(copies);
  end(lane);

  pass(60_000);

  expect(enter(["late"])).toEqual(["late"]);
  expect(parkMs("late")).toBeLessThanOrEqual(2 * leastParkMs);
});

test("behind one that hangs ever fewer wait here, down to the next one alone", () => {
  const { lane, enter, pass } = startLanes();
  enter(copies);

  const trimmed = [1_000, 500, 60_000].map((ms) => {
    pass(ms);
    return copiesOf(lane.trim());
  });

  expect(trimmed).toEqual([copies.slice(4, laneful), copies.slice(2, 4), []]);
});

test("what is behind one that hangs comes in vain ever more rarely, down to each ten seconds", () => {
  const { enter, leave, pass, parkMs } = startLanes();
  const [next = "", second = ""] = enter(copies);
  const comesInVain = (copy: string): number => {
    pass(parkMs(copy));
    expect(enter([copy])).toEqual([copy]);
    return parkMs(copy);
  };

  const waits = Array.from({ length: 12 }, () => comesInVain(next));
  comesInVain(second);
  leave(1);
  expect(enter([next])).toEqual([]);

  expect(waits).toEqual(waits.toSorted((a, b) => a - b));
  expect([waits[0], waits.at(-1)]).toEqual([leastParkMs, farParkMs]);
  leave(10);
  expect(comesInVain(copies.at(-1) ?? "")).toBeLessThan(farParkMs);
});

test("a lane of which some were fast waits for none of the others longer than these took", () => {
  const { enter, leave, pass, parkMs } = startLanes();
  const parked = enter(copies);
  for (const ms of [2, 300, 2, 2, 300]) {
    pass(ms);
    leave(1);
  }

  expect(enter(["late"])).toEqual(["late"]);

  expect(parkMs(parked[0] ?? "")).toBe(leastParkMs);
  expect(parkMs("late")).toBeLessThan((2 * (laneful * 3)) / 4);
});

test("of all lanes those give back whose first one is meant", () => {
  const { lanes, enter, pass } = startLanes();
  enter(copies);
  lanes.at("short").enter({ copy: "short" });
  pass(stockMs);
  const meant: string[] = [];

  const trimmed = lanes.trim(({ copy }) => {
    meant.push(copy);
    return copy === copies[0];
  });

  expect(meant).toEqual([copies[0], "short"]);
  expect(copiesOf(trimmed)).toEqual(copies.slice(fewest, laneful));
});

test("of very much surplus, of all lanes together, about one comes back each ms at most", () => {
  const { lanes, pass } = startLanes();
  const surplus = Array.from({ length: 20 }, (_, state) => {
    const lane = lanes.at(`lane ${state}`);
    const items = Array.from({ length: 2_000 + laneful }, (_, index) => ({ copy: `${state} ${index}` }));
    return items.filter((item) => lane.enter(item) === "parked").map((item) => ({ lane, item }));
  }).flat();
  pass(60_000);
  const trimmed = lanes.trim(() => true);
  pass(1_000);

  for (const { lane, item } of surplus) lane.enter(item);

  const longest = Math.max(...surplus.map(({ lane, item }) => lane.parkMs(item)));
  expect(surplus).toHaveLength(40_000);
  expect(longest).toBe((surplus.length + trimmed.length) / mostBack);
});

test("a lane that is cleared gives all, and takes them back in their order before those that were parked already", () => {
  const { lane, enter, leave, parkMs } = startLanes();
  const parked = enter(copies);

  const cleared = copiesOf(lane.clear());

  expect(cleared).toEqual(copies.slice(0, laneful));
  // They found no room, and are not to come in vain all the time.
  expect(new Set(cleared.map(parkMs))).toEqual(new Set([4_000]));
  expect(enter(["late"])).toEqual(["late"]);
  expect(enter(parked)).toEqual(parked);
  expect(enter(cleared.slice(0, 3))).toEqual([]);
  expect(leave(3)).toEqual([...cleared.slice(1, 3), undefined]);
});
