import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { longestPauseMs } from "../../lib/async/pause.ts";
import { silentLog } from "../../log.ts";
import { DiskTrouble } from "./disk-trouble.ts";
import { Forwarded } from "./forwarded.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["performance", "setTimeout", "clearTimeout"] }));
afterEach(() => void vi.useRealTimers());

/** So many forwarded messages, on a disk that is full at first. */
function forwardedOnFullDisk(count: number) {
  const stopping = new AbortController().signal;
  let isFull = true;
  const remove = vi.fn(async (_ids: readonly number[]) => {
    if (isFull) throw new Error("The disk is full.");
  });
  const failed = vi.fn();
  const disk = new DiskTrouble(silentLog, stopping);
  const forwarded = new Forwarded({ slot: { remove }, disk, stopping, failed });
  for (let id = 0; id < count; id += 1) forwarded.add(id);
  return { forwarded, remove, failed, makeRoom: (): void => void (isFull = false) };
}

test("what a full disk cannot forget is told of, and stays until it is time to try again", async () => {
  const { forwarded, remove, failed, makeRoom } = forwardedOnFullDisk(2);
  await forwarded.remove();
  expect(failed).toHaveBeenCalledTimes(1);
  makeRoom();

  await forwarded.remove();
  expect(forwarded.ids).toEqual([0, 1]);
  await vi.advanceTimersByTimeAsync(longestPauseMs);
  await forwarded.remove();

  expect(forwarded.ids).toEqual([]);
  expect(remove).toHaveBeenCalledTimes(2);
  expect(failed).toHaveBeenCalledTimes(1);
});

test("more than ten thousand are waited for, and that is told at once", async () => {
  const { forwarded, failed, makeRoom } = forwardedOnFullDisk(10_001);
  let isOver = false;

  void forwarded.remove().then(() => (isOver = true));
  await vi.advanceTimersByTimeAsync(1);
  expect([isOver, failed.mock.calls.length]).toEqual([false, 1]);
  makeRoom();
  await vi.advanceTimersByTimeAsync(longestPauseMs);

  expect(isOver).toBe(true);
  expect(forwarded.ids).toEqual([]);
});
