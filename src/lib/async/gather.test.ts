import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { Gather } from "./gather.ts";

test("what is asked for at the same time is one call, and each gets its own results", async () => {
  const calls: (readonly number[])[] = [];
  const gather = new Gather<number, string>(async (items) => {
    calls.push(items);
    return items.map((item) => `${item}`);
  });

  const results = await Promise.all([gather.ask([1, 2]), gather.ask([]), gather.ask([3])]);

  expect(results).toEqual([["1", "2"], [], ["3"]]);
  expect(calls).toEqual([[1, 2, 3]]);
});

test("two calls are under way at once; what comes meanwhile goes with the next", async () => {
  const calls: (readonly number[])[] = [];
  const gates: (() => void)[] = [];
  const gather = new Gather<number, number>(async (items) => {
    calls.push(items);
    await new Promise<void>((resolve) => gates.push(resolve));
    return items;
  });
  const asked: Promise<readonly number[]>[] = [];
  for (const item of [1, 2, 3, 4]) {
    asked.push(gather.ask([item]));
    await setImmediate();
    await setImmediate();
  }
  expect(calls).toEqual([[1], [2]]);

  for (let turn = 0; turn < 10; turn += 1) {
    for (const open of gates.splice(0)) open();
    await setImmediate();
  }

  expect(await Promise.all(asked)).toEqual([[1], [2], [3], [4]]);
  expect(calls).toEqual([[1], [2], [3, 4]]);
});

test("a call takes what fits of what waits, and the next call what is left", async () => {
  const calls: (readonly number[])[] = [];
  const gather = new Gather<number, number>(
    async (items) => {
      calls.push(items);
      return items;
    },
    { calls: 3, items: 3 },
  );

  const asked = [[1, 2], [3], [4, 5], [6, 7, 8, 9]].map((items) => gather.ask(items));

  expect(await Promise.all(asked)).toEqual([[1, 2], [3], [4, 5], [6, 7, 8, 9]]);
  expect(calls).toEqual([
    [1, 2, 3],
    [4, 5],
    [6, 7, 8, 9],
  ]);
});

test("a failure is everybody's who went along, and the next call is made all the same", async () => {
  let fails = true;
  const gather = new Gather<number, number>((items) =>
    fails ? Promise.reject(new Error("down")) : Promise.resolve(items),
  );

  const failed = await Promise.allSettled([gather.ask([1]), gather.ask([2])]);
  fails = false;

  expect(failed.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(await gather.ask([3])).toEqual([3]);
});

test("what waits can be refused, and what is asked for after that is done", async () => {
  const first = Promise.withResolvers<void>();
  const calls: (readonly number[])[] = [];
  const gather = new Gather<number, number>(
    async (items) => {
      calls.push(items);
      await first.promise;
      return items;
    },
    { calls: 1 },
  );
  const begun = gather.ask([1]);
  await setImmediate();
  const refused = Promise.allSettled([gather.ask([2]), gather.ask([3])]);

  gather.refuse(new Error("down"));
  first.resolve();

  expect((await refused).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(await begun).toEqual([1]);
  expect(await gather.ask([4])).toEqual([4]);
  expect(calls).toEqual([[1], [4]]);
});
