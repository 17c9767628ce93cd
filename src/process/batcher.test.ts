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
