import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { EventsRefusedError, EventTooLargeError, QueueUnavailableError } from "../../errors.ts";
import { recordedLog } from "../../testing/recorded-log.ts";
import { memoryQueue } from "../drivers/memory/queue.ts";
import { chaosQueue } from "../../testing/chaos.ts";
import { Line } from "./line.ts";
import { Setbacks } from "./setbacks.ts";
import type { SpillRow } from "./store.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["performance", "setTimeout", "clearTimeout"] }));
afterEach(() => void vi.useRealTimers());

type EngineState = "answers" | "away" | "hangs";

function theSetbacks() {
  const { log, facts } = recordedLog();
  const line = new Line(4, false);
  const engine = memoryQueue();
  const stop = new AbortController();
  let state: EngineState = "answers";
  const depth = (): ReturnType<typeof engine.depth> => {
    if (state === "hangs") return new Promise(() => undefined);
    return state === "away" ? Promise.reject(new QueueUnavailableError("away")) : engine.depth();
  };
  const setbacks = new Setbacks({
    engine: { ...chaosQueue(engine, { random: () => 0 }), depth },
    line,
    log,
    stopping: stop.signal,
  });
  return {
    setbacks,
    line,
    facts,
    stop: (): void => stop.abort(),
    engineIs: (is: EngineState): void => void (state = is),
    /** How long `met` waits then, in ms. */
    met: async (lanes: readonly string[], error: unknown): Promise<number> => {
      const start = performance.now();
      const ends: number[] = [];
      const met = setbacks.met(lanes.map(rowOf), error).then(() => ends.push(performance.now()));
      while (ends.length === 0) await vi.advanceTimersByTimeAsync(100);
      await met;
      return (ends[0] ?? Infinity) - start;
    },
  };
}

const rowOf = (lane: string, index: number): SpillRow => ({
  id: index,
  shard: index % 4,
  lane,
  at: 0,
  message: new Uint8Array(),
});

const odd = new QueueUnavailableError("odd");
const many = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `lane ${index}`);

test("of an engine that answers half as many are tried each time, and twice as many once it takes some", async () => {
  const { setbacks, met } = theSetbacks();
  for (const pause of [100, 200, 400, 800, 1_000]) expect(await met(many(500), odd)).toBe(pause);
  const mosts: number[] = [setbacks.most];
  for (const count of [500, 250, 3]) {
    expect(await met(many(count), odd)).toBe(0);
    mosts.push(setbacks.most);
  }

  for (let times = 0; times < 9; times += 1) setbacks.took(setbacks.most, 20);

  expect(mosts).toEqual([500, 250, 125, 2]);
  expect(setbacks.most).toBe(750);
});

test("of an engine that has just taken some half as many are tried at once", async () => {
  const { setbacks, met } = theSetbacks();
  setbacks.took(1, 20);

  expect([await met(many(500), odd), setbacks.most]).toEqual([0, 250]);
});

test("an engine that is back gets no fewer than before, as long as not all of its connections may be back", async () => {
  const { setbacks, met, engineIs } = theSetbacks();
  engineIs("away");
  await met(many(500), odd);
  engineIs("answers");

  const pauses: number[] = [];
  for (let times = 0; times < 5; times += 1) pauses.push(await met(many(500), odd));

  expect([pauses, setbacks.most]).toEqual([[100, 200, 400, 800, 1_000], 500]);
});

test("an engine that had no room for long, and has been back for a moment, gets no fewer", async () => {
  const { setbacks, met } = theSetbacks();
  await met(many(500), odd);
  for (let times = 0; times < 8; times += 1)
    await met(many(500), new QueueUnavailableError("no room", { takesNothing: true }));

  expect([await met(many(500), odd), setbacks.most]).toEqual([100, 500]);
});

test("an engine that was sent few is not known to take many, and one that has all begins anew", () => {
  const { setbacks } = theSetbacks();
  for (let times = 0; times < 9; times += 1) setbacks.took(499, 2);
  const after = setbacks.most;
  setbacks.took(500, 2);
  const more = setbacks.most;

  setbacks.rest();

  expect([after, more, setbacks.most]).toEqual([500, 750, 500]);
});

test("an engine that needs long for what it took is sent less the next time", () => {
  const { setbacks } = theSetbacks();
  for (let times = 0; times < 3; times += 1) setbacks.took(setbacks.most, 10);
  const before = setbacks.most;

  setbacks.took(before, 3_000);

  expect([before, setbacks.most]).toEqual([1_688, 844]);
});

test("an engine that is away is not asked with fewer, but more rarely, until it is once a second", async () => {
  const { setbacks, met, engineIs, facts } = theSetbacks();
  engineIs("away");

  const pauses: number[] = [];
  for (let times = 0; times < 8; times += 1) pauses.push(await met(many(2), odd));

  expect(pauses).toEqual([100, 200, 400, 800, 1_000, 1_000, 1_000, 1_000]);
  expect([setbacks.most, facts()]).toEqual([500, []]);
});

test("an engine that does not answer in a second is away", async () => {
  const { setbacks, met, engineIs } = theSetbacks();
  engineIs("hangs");

  expect(await met(many(2), odd)).toBe(1_100);

  expect(setbacks.most).toBe(500);
});

test("an engine that comes back is asked again soon", async () => {
  const { met, engineIs } = theSetbacks();
  engineIs("away");
  for (let times = 0; times < 8; times += 1) await met(["a"], odd);

  engineIs("answers");

  expect(await met(["a"], odd)).toBe(100);
  expect(await met(["a"], odd)).toBe(200);
});

test("an engine that is away again after it has taken something is asked again soon", async () => {
  const { setbacks, met, engineIs } = theSetbacks();
  engineIs("away");
  for (let times = 0; times < 8; times += 1) await met(many(2), odd);

  setbacks.took(1, 20);

  expect(await met(many(2), odd)).toBe(100);
});

test("an engine that fails long after it has taken something gets no fewer at once, also if it had failed before", async () => {
  const { setbacks, met } = theSetbacks();
  await met(many(500), odd);
  await vi.advanceTimersByTimeAsync(3_000);
  setbacks.took(1, 20);
  await vi.advanceTimersByTimeAsync(1_100);

  expect([await met(many(500), odd), setbacks.most]).toEqual([100, 500]);
});

test("a message that an engine does not take which has just taken others is held for a second, then for longer and told", async () => {
  const { setbacks, line, facts } = theSetbacks();
  const heldFor = (): number => line.lanes.nextEnd(0) - performance.now();
  setbacks.took(1, 20);
  const first = setbacks.met([rowOf("a", 0)], odd).then(heldFor);
  await vi.advanceTimersByTimeAsync(1_000);
  const told = facts();

  const second = setbacks.met([rowOf("a", 0)], odd).then(heldFor);

  expect([await first, told]).toEqual([1_000, []]);
  expect([await second, facts()]).toEqual([10_000, ["queue.spill_refused"]]);
});

test("messages whose connection is lost from time to time are held for a second each, and nobody is told", async () => {
  const { setbacks, met, line, facts } = theSetbacks();

  for (const lane of ["a", "b", "a"]) {
    setbacks.took(1, 20);
    line.lanes.free(lane);
    expect(await met([lane], odd)).toBe(0);
  }

  expect([line.lanes.size, facts()]).toEqual([2, []]);
});

test("a message is not held for what an engine that is away does not take", async () => {
  const { setbacks, met, line, facts, engineIs } = theSetbacks();
  setbacks.took(1, 20);
  engineIs("away");

  for (let times = 0; times < 8; times += 1) await met(["a"], odd);

  expect([line.lanes.has("a"), facts()]).toEqual([false, []]);
});

test("where nothing was taken lately a message goes aside after three tries, and nobody is told that it is that one", async () => {
  const { met, line, facts } = theSetbacks();

  const held: boolean[] = [];
  for (let times = 0; times < 4; times += 1) {
    await met(["a"], odd);
    held.push(line.lanes.has("a"));
  }

  expect([held, facts()]).toEqual([[false, false, false, true], []]);
});

test("a message that went aside and is not taken again is held for longer, and still nobody is told", async () => {
  const { met, line, facts } = theSetbacks();
  for (let times = 0; times < 4; times += 1) await met(["a"], odd);
  await vi.advanceTimersByTimeAsync(10_000);

  const pause = await met(["a"], odd);

  expect([pause, line.lanes.held(performance.now()), facts()]).toEqual([1_000, ["a"], []]);
});

test("what is too large holds its lane, each once, and nothing waits for that", async () => {
  const { setbacks, met, line, facts } = theSetbacks();
  const { most } = setbacks;

  expect(await met(["a", "b", "b"], new EventTooLargeError("too large", [1, 2]))).toBe(0);

  expect(setbacks.most).toBe(most);
  expect([line.lanes.has("a"), line.lanes.has("b")]).toEqual([false, true]);
  expect(facts()).toEqual(["queue.spill_refused"]);
});

test("an engine that does not say which is too large gets half as many", async () => {
  const { setbacks, met } = theSetbacks();

  await met(["a", "b"], new EventTooLargeError("too large", []));

  expect(setbacks.most).toBe(1);
});

test("what there is no room for holds its shard", async () => {
  const { met, line, facts } = theSetbacks();

  expect(await met(["a", "b", "c"], new EventsRefusedError("full", [1]))).toBe(0);

  expect([0, 1, 2, 3].filter((shard) => line.shards.has(shard))).toEqual([1]);
  expect(facts()).toEqual(["queue.spill_refused"]);
});

test.each([
  new EventsRefusedError("full", [0], { takesNothing: true }),
  new QueueUnavailableError("no room", { takesNothing: true }),
])("an engine that stores nothing at all is waited for, and nobody is held: %s", async (error) => {
  const { setbacks, met, line, facts } = theSetbacks();

  const pauses: number[] = [];
  for (let times = 0; times < 8; times += 1) pauses.push(await met(["a", "b"], error));

  expect(pauses).toEqual([100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
  expect([line.lanes.size, line.shards.size, setbacks.most, facts()]).toEqual([0, 0, 500, []]);
});

test("what fails since it was stopped counts for nothing", async () => {
  const { met, line, facts, stop } = theSetbacks();
  stop();

  expect(await met(["a", "b"], new EventTooLargeError("large", [1]))).toBe(0);

  expect([line.lanes.size, facts()]).toEqual([0, []]);
});
