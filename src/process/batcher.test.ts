import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { Batcher } from "./batcher.ts";

/** A batcher whose work lasts until it is told to end. */
function startBatcher() {
  const lists: (readonly string[])[] = [];
  const ends: (() => void)[] = [];
  const batcher = new Batcher<string>((items) => {
    lists.push(items);
    return new Promise((resolve) => ends.push(resolve));
  });
  const add = (...items: readonly string[]): void => items.forEach((item) => batcher.add(item));
  const end = async (): Promise<void> => {
    ends.shift()?.();
    await setImmediate();
  };
  return { batcher, lists, add, end };
}

test("what is added in one breath goes together", async () => {
  const { lists, add } = startBatcher();

  add("a", "b");
  await Promise.resolve().then(() => undefined);

  expect(lists).toEqual([["a", "b"]]);
});

test("two lists are under way at a time, and what comes meanwhile goes with the next, in order", async () => {
  const { lists, add, end } = startBatcher();
  add("a");
  await setImmediate();
  add("b");
  await setImmediate();

  add("c");
  await setImmediate();
  add("d");
  await setImmediate();
  expect(lists).toEqual([["a"], ["b"]]);
  await end();

  expect(lists).toEqual([["a"], ["b"], ["c", "d"]]);
});

test("what the work itself adds makes no third list", async () => {
  let underWay = 0;
  let most = 0;
  let left = 20;
  const batcher = new Batcher<string>(async () => {
    most = Math.max(most, (underWay += 1));
    for (const item of ["again", "again"]) if ((left -= 1) > 0) batcher.add(item);
    await setImmediate();
    underWay -= 1;
  });

  batcher.add("first");
  await setImmediate();
  batcher.add("second");
  await batcher.idle();

  expect(most).toBe(2);
  expect(left).toBeLessThanOrEqual(0);
});

test("a batcher that was idle takes up its work again", async () => {
  const { lists, add, end } = startBatcher();
  add("a");
  await setImmediate();
  await end();

  add("b");
  await setImmediate();

  expect(lists).toEqual([["a"], ["b"]]);
});

test("it is idle when nothing is gathered or under way", async () => {
  const { batcher, add, end } = startBatcher();
  await batcher.idle();
  let isIdle = false;
  add("a");
  void batcher.idle().then(() => (isIdle = true));
  await setImmediate();

  add("b");
  await end();
  expect(isIdle).toBe(false);
  await end();

  expect(isIdle).toBe(true);
});
