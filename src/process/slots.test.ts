import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { eventually } from "../testing/eventually.ts";
import { askAgainMs, Slots } from "./slots.ts";

/** Slots whose work lasts until its name is told to end. */
function startSlots(concurrency: number, mayBegin = () => true, isAlone?: (name: string) => boolean) {
  const started: string[] = [];
  const ends = new Map<string, () => void>();
  const slots = new Slots<string>({ concurrency, mayBegin, ...(isAlone && { isAlone }) }, (name) => {
    started.push(name);
    return new Promise((resolve) => ends.set(name, resolve));
  });
  const add = async (...names: readonly string[]): Promise<void> => {
    names.forEach((name) => slots.add(name));
    await setImmediate();
  };
  const end = async (name: string): Promise<void> => {
    ends.get(name)?.();
    await setImmediate();
  };
  return { slots, started, add, end };
}

test("so many run at a time, and the others wait their turn, first come, first served", async () => {
  const { started, add, end } = startSlots(2);
  await add("a", "b", "c", "d");
  expect(started).toEqual(["a", "b"]);

  await end("b");
  expect(started).toEqual(["a", "b", "c"]);
  await end("a");

  expect(started).toEqual(["a", "b", "c", "d"]);
});

test("a slot that was given back is free for later work", async () => {
  const { started, add, end } = startSlots(1);
  await add("first");
  await end("first");

  await add("second");

  expect(started).toEqual(["first", "second"]);
});

test("work that is done at once takes no slot", async () => {
  const done: number[] = [];
  const slots = new Slots<number>({ concurrency: 1, mayBegin: () => true }, (item) => void done.push(item));

  for (const item of [1, 2, 3]) slots.add(item);
  await setImmediate();

  expect(done).toEqual([1, 2, 3]);
});

test("much work that is done at once lets others have their turn in between", async () => {
  const order: string[] = [];
  const slots = new Slots<string>({ concurrency: 1, mayBegin: () => true }, (item) => {
    const until = performance.now() + 15;
    while (performance.now() < until);
    order.push(item);
  });

  for (const item of ["a", "b"]) slots.add(item);
  await setImmediate();
  order.push("others");
  while (order.length < 3) await setImmediate();

  expect(order).toEqual(["a", "others", "b"]);
});

test("after its end nothing begins, and the end waits for what runs, even if nothing ran for a while before", async () => {
  const { slots, started, add, end } = startSlots(2);
  await add("before");
  await end("before");
  await add("a", "b", "c");
  let isOver = false;

  void slots.close().then(() => (isOver = true));
  await add("d");
  await end("a");
  expect(isOver).toBe(false);
  await end("b");

  expect(isOver).toBe(true);
  expect(started).toEqual(["before", "a", "b"]);
});

test("the end waits for the work that asked for it", async () => {
  const gate = Promise.withResolvers<void>();
  let isOver = false;
  const slots: Slots<string> = new Slots({ concurrency: 1, mayBegin: () => true }, () => {
    void slots.close().then(() => (isOver = true));
    return gate.promise;
  });

  slots.add("a");
  await setImmediate();

  expect(isOver).toBe(false);
  gate.resolve();
  await setImmediate();
  expect(isOver).toBe(true);
});

test("the end that is asked for by work that is done at once is over with it", async () => {
  let closed: Promise<void> | undefined;
  const slots: Slots<string> = new Slots(
    { concurrency: 1, mayBegin: () => true },
    () => void (closed = slots.close()),
  );

  slots.add("a");
  await setImmediate();

  await expect(closed).resolves.toBeUndefined();
});

test("an end without anything that runs is over at once", async () => {
  await expect(startSlots(1).slots.close()).resolves.toBeUndefined();
});

test("what may not begin waits until it may, in order", async () => {
  let may = false;
  const { started, add, end } = startSlots(2, () => may);
  await add("a", "b", "c");
  expect(started).toEqual([]);
  may = true;
  await eventually(() => expect(started).toEqual(["a", "b"]));

  may = false;
  await end("a");
  expect(started).toEqual(["a", "b"]);
  may = true;
  await eventually(() => expect(started).toEqual(["a", "b", "c"]));
});

test("who needs all slots begins when nothing runs, and nothing begins beside it until it is released", async () => {
  const { slots, started, add, end } = startSlots(
    3,
    () => true,
    (name) => name === "alone",
  );
  await add("a", "b", "alone", "c", "d");
  await end("a");
  expect(started).toEqual(["a", "b"]);
  await end("b");
  expect(started).toEqual(["a", "b", "alone"]);

  await end("alone");
  slots.release("b");
  await add("e");
  expect(started).toEqual(["a", "b", "alone"]);
  slots.release("alone");
  await setImmediate();

  expect(started).toEqual(["a", "b", "alone", "c", "d", "e"]);
});

test("who needs all slots, and was taken back before it began, keeps nobody waiting", async () => {
  const { slots, started, add, end } = startSlots(
    2,
    () => true,
    (name) => name === "alone",
  );
  await add("a", "alone", "b");

  expect(slots.withdraw((name) => name === "alone")).toEqual(["alone"]);
  await setImmediate();

  expect(started).toEqual(["a", "b"]);
  await end("a");
});

test("who needs all slots waits no longer than it may, and keeps others waiting no longer either", async () => {
  const started: string[] = [];
  const isAlone = (name: string): boolean => name === "alone";
  const hangs = new Promise<void>(() => undefined);
  const slots = new Slots<string>({ concurrency: 3, mayBegin: () => true, isAlone, aloneMs: 50 }, (name) => {
    started.push(name);
    return hangs;
  });

  for (const name of ["a", "alone", "b"]) slots.add(name);
  await setImmediate();
  expect(started).toEqual(["a"]);
  await eventually(() => expect(started).toEqual(["a", "alone"]));
  await setImmediate();
  expect(started).toEqual(["a", "alone"]);

  await eventually(() => expect(started).toEqual(["a", "alone", "b"]));
});

describe("of two that need all slots, one after the other,", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
  afterEach(() => void vi.useRealTimers());

  const aloneMs = 2_000;
  const startTwo = () =>
    startSlots(
      3,
      () => true,
      (name) => name.startsWith("alone"),
    );

  test("the second waits as long as the first, which had to begin beside another", async () => {
    const { slots, started, add, end } = startTwo();
    await add("a", "alone 1");
    await vi.advanceTimersByTimeAsync(aloneMs);
    expect(started).toEqual(["a", "alone 1"]);
    slots.release("alone 1");
    await end("alone 1");

    await add("alone 2");
    await add("b");
    await vi.advanceTimersByTimeAsync(aloneMs - 1);
    expect(started).toEqual(["a", "alone 1"]);
    await vi.advanceTimersByTimeAsync(1);

    expect(started).toEqual(["a", "alone 1", "alone 2"]);
  });

  test("the second waits no less because the first waited before it", async () => {
    const { slots, started, add, end } = startTwo();
    await add("a", "alone 1");
    await vi.advanceTimersByTimeAsync(aloneMs - 100);
    await end("a");
    slots.release("alone 1");
    await end("alone 1");
    await add("b", "alone 2");

    await vi.advanceTimersByTimeAsync(aloneMs - 1);
    expect(started).toEqual(["a", "alone 1", "b"]);
    await vi.advanceTimersByTimeAsync(1);

    expect(started).toEqual(["a", "alone 1", "b", "alone 2"]);
  });
});

test("while nothing may begin, that is asked no more often for all that comes", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  const mayBegin = vi.fn(() => false);
  const { add } = startSlots(1, mayBegin);
  for (let count = 0; count < 100; count += 1) await add("one more");

  mayBegin.mockClear();
  await vi.advanceTimersByTimeAsync(10 * askAgainMs);

  expect(mayBegin).toHaveBeenCalledTimes(10);
});
