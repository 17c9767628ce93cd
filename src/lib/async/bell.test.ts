import { getEventListeners } from "node:events";
import { afterEach, expect, test, vi } from "vitest";
import { Bell } from "./bell.ts";

const long = 60_000;
const never = new AbortController().signal;

afterEach(() => {
  vi.useRealTimers();
});

test("a ring wakes all who wait", async () => {
  const bell = new Bell();
  const waiting = Promise.all([bell.wait(long, never), bell.wait(long, never)]);

  bell.ring();

  await expect(waiting).resolves.toEqual([undefined, undefined]);
});

test("a ring from before is missed only by who did not count", async () => {
  const bell = new Bell();
  const { rung } = bell;
  bell.ring();

  await bell.wait(long, never, rung);

  const outcome = await Promise.race([
    bell.wait(long, never).then(() => "woken"),
    bell.wait(1, never).then(() => "late"),
  ]);
  expect(outcome).toBe("late");
});

test("an abort ends the waiting, also one from before", async () => {
  const bell = new Bell();
  const stop = new AbortController();
  const waiting = bell.wait(long, stop.signal);

  stop.abort();

  await waiting;
  await expect(bell.wait(long, stop.signal)).resolves.toBeUndefined();
});

test("who has waited leaves nothing with the signal, which may live as long as the process", async () => {
  const bell = new Bell();
  const { signal } = new AbortController();

  await bell.wait(1, signal);

  expect(getEventListeners(signal, "abort")).toEqual([]);
});

test("a ring leaves no timer of those who waited, since that would keep the process alive", async () => {
  vi.useFakeTimers();
  const bell = new Bell();
  const waiting = bell.wait(long, never);

  bell.ring();
  await waiting;

  expect(vi.getTimerCount()).toBe(0);
});
