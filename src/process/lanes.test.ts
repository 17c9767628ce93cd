import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { Lanes, mostWaiting, parkMs } from "./lanes.ts";

/** More than one lane takes. */
const many = mostWaiting + 50;

/** Lanes under a clock that is moved by hand, with a record of what was done. */
function startLanes() {
  let time = 0;
  const lanes = new Lanes(() => time);
  const done: string[] = [];
  const gates = new Map<string, () => void>();
  /** Work that lasts until its name is let through. */
  const run = (key: string, name: string): Promise<void> =>
    lanes.run(key, async () => {
      await new Promise<void>((resolve) => gates.set(name, resolve));
      done.push(name);
    });
  /** Lets work end, in the order in which the lane begins it. */
  const finish = async (...names: readonly string[]): Promise<void> => {
    for (const name of names) {
      while (!gates.has(name)) await setImmediate();
      gates.get(name)?.();
    }
    await setImmediate();
  };
  const begun = (): readonly string[] => [...gates.keys()];
  const pass = (ms: number): void => void (time += ms);
  return { lanes, done, run, finish, begun, pass };
}

const copies = Array.from({ length: many }, (_, index) => `copy ${index}`);

/** Puts copies into a lane; gives those that have to wait in the queue. */
function enter({ lanes, run }: ReturnType<typeof startLanes>, names: readonly string[]): readonly string[] {
  const parked: string[] = [];
  for (const name of names) {
    if (lanes.park("hot", name)) parked.push(name);
    else void run("hot", name);
  }
  return parked;
}

test("what is in a lane happens one after the other, in order", async () => {
  const { run, finish, begun, done } = startLanes();

  const ends = ["a", "b", "c"].map((name) => run("lane", name));
  await setImmediate();
  expect(begun()).toEqual(["a"]);
  await finish("a", "b", "c");

  await Promise.all(ends);
  expect(done).toEqual(["a", "b", "c"]);
});

test("a lane does not wait for another", async () => {
  const { run, finish, done } = startLanes();

  const slow = run("one", "slow");
  const quick = run("two", "quick");
  await finish("quick");

  await quick;
  expect(done).toEqual(["quick"]);
  await finish("slow");
  await slow;
});

test("work begins at once in a lane that is free", () => {
  const { run, begun } = startLanes();

  void run("lane", "a");

  expect(begun()).toEqual(["a"]);
});

test("a lane is forgotten when all in it is over", async () => {
  const { lanes, run, finish } = startLanes();

  const ends = ["a", "b"].flatMap((key) => [run(key, `${key} 1`), run(key, `${key} 2`)]);
  expect(lanes.size).toBe(2);
  await finish("a 1", "b 1", "a 2", "b 2");

  await Promise.all(ends);
  expect(lanes.size).toBe(0);
});

test("the surplus of a long lane waits in the queue, and comes back in the order of arrival", async () => {
  const lane = startLanes();
  const parked = enter(lane, copies);
  expect(parked).toEqual(copies.slice(mostWaiting));
  await lane.finish(...copies.slice(0, 60));

  // Sixty places are free, but whoever comes now must not overtake those that wait in the queue.
  expect(lane.lanes.park("hot", "late")).toBe(true);
  lane.pass(parkMs);
  expect(enter(lane, [...parked, "late"])).toEqual([]);
  await lane.finish(...copies.slice(60), "late");

  expect(lane.done).toEqual([...copies, "late"]);
  expect(lane.lanes.size).toBe(0);
});

test("a copy that is sent back once more keeps its place before the later ones", async () => {
  const lane = startLanes();
  const [first = "", second = ""] = enter(lane, copies);
  lane.pass(parkMs);
  expect(lane.lanes.park("hot", first)).toBe(true);
  await lane.finish(...copies.slice(0, 10));

  const answers = [second, first, second].map((copy) => lane.lanes.park("hot", copy));

  expect(answers).toEqual([true, false, false]);
});

test("a copy that never comes back holds up nobody for long", async () => {
  const lane = startLanes();
  const [lost = "", next = ""] = enter(lane, copies);
  await lane.finish(...copies.slice(0, mostWaiting));
  lane.pass(parkMs);
  expect(lane.lanes.park("hot", next)).toBe(true);

  lane.pass(parkMs + 1);

  expect(lane.lanes.park("hot", next)).toBe(false);
  expect(lost).not.toBe(next);
});

test("a lane whose parked copies went to another process is forgotten with the next end", async () => {
  const lane = startLanes();
  expect(enter(lane, copies)).toHaveLength(50);
  await lane.finish(...copies.slice(0, mostWaiting - 1));

  lane.pass(parkMs * 2 + 1);
  await lane.finish(...copies.slice(mostWaiting - 1, mostWaiting));

  expect(lane.lanes.size).toBe(0);
});

test("a lane that nobody uses parks nothing", () => {
  const { lanes } = startLanes();

  expect(lanes.park("lane", "copy")).toBe(false);
  expect(lanes.size).toBe(0);
});
