import { getEventListeners } from "node:events";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { sleep } from "./sleep.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test("it lasts as long as it should", async () => {
  const awake = vi.fn();
  void sleep(100).then(awake);

  await vi.advanceTimersByTimeAsync(99);
  expect(awake).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);

  expect(awake).toHaveBeenCalledOnce();
});

test("a moment that is over is not waited for, and nobody is warned of it", async () => {
  vi.useRealTimers();
  const warned = vi.spyOn(process, "emitWarning");

  await sleep(-1);

  expect(warned).not.toHaveBeenCalled();
});

test("a signal ends it at once, without an error, and leaves no timer", async () => {
  const end = new AbortController();
  const sleeping = sleep(100_000, end.signal);

  end.abort(new Error("ends"));

  await expect(sleeping).resolves.toBeUndefined();
  expect(vi.getTimerCount()).toBe(0);
});

test("a signal that is aborted already lets nobody fall asleep", async () => {
  await expect(sleep(100_000, AbortSignal.abort())).resolves.toBeUndefined();

  expect(vi.getTimerCount()).toBe(0);
});

test("who wakes by himself leaves nothing with the signal, which may live as long as the process", async () => {
  const { signal } = new AbortController();
  const sleeping = sleep(100, signal);

  await vi.advanceTimersByTimeAsync(100);

  await sleeping;
  expect(getEventListeners(signal, "abort")).toEqual([]);
});
