import { expect, test } from "vitest";
import { Slots } from "./slots.ts";

/** A piece of work that lasts until it is told to end. */
function work(
  name: string,
  started: string[],
): { readonly run: () => Promise<string>; readonly end: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  const run = async (): Promise<string> => {
    started.push(name);
    await promise;
    return name;
  };
  return { run, end: resolve };
}

test("so many run at a time, and the others wait their turn, first come, first served", async () => {
  const slots = new Slots(2);
  const started: string[] = [];
  const works = ["a", "b", "c", "d"].map((name) => work(name, started));
  const ends = works.map(({ run }) => slots.run(run));
  expect(started).toEqual(["a", "b"]);

  works[1]?.end();
  await ends[1];
  expect(started).toEqual(["a", "b", "c"]);
  works[0]?.end();
  await ends[0];
  expect(started).toEqual(["a", "b", "c", "d"]);
  works.forEach(({ end }) => end());

  await expect(Promise.all(ends)).resolves.toEqual(["a", "b", "c", "d"]);
});

test("work that fails gives its slot back and its error to whoever asked", async () => {
  const slots = new Slots(1);

  const failing = slots.run(() => Promise.reject(new Error("broken")));
  const following = slots.run(() => Promise.resolve("done"));

  await expect(failing).rejects.toThrow("broken");
  await expect(following).resolves.toBe("done");
});

test("a slot that was given back is free for later work", async () => {
  const slots = new Slots(1);
  const started: string[] = [];

  await slots.run(async () => started.push("first"));
  const second = work("second", started);
  const end = slots.run(second.run);

  expect(started).toEqual(["first", "second"]);
  second.end();
  await end;
});
