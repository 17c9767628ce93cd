import { expect, test } from "vitest";
import { Bell } from "./bell.ts";

const long = 60_000;

test("a ring wakes the sleeper", async () => {
  const bell = new Bell();
  const waiting = bell.wait(long);

  bell.ring();

  await expect(waiting).resolves.toBeUndefined();
});

test("a ring from before is not missed, until it is reset", async () => {
  const bell = new Bell();
  bell.ring();

  await bell.wait(long);
  bell.reset();
  const outcome = await Promise.race([
    bell.wait(long).then(() => "woken"),
    bell.pause(1).then(() => "asleep"),
  ]);

  expect(outcome).toBe("asleep");
});

test("a ring does not end a pause, but silence does", async () => {
  const bell = new Bell();
  let isOver = false;
  const pausing = bell.pause(long).then(() => (isOver = true));

  bell.ring();
  await Promise.resolve();
  const isOverByRing = isOver;
  bell.silence();
  await pausing;

  expect(isOverByRing).toBe(false);
  await expect(bell.wait(long)).resolves.toBeUndefined();
});
