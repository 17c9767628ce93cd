import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { away, shareOf, type StartedShares, startShares } from "../../../test/support/processing/shares.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test("a queue that failed to take a shard from us is told again what is ours, also if that is what it was before", async () => {
  const { happened, answer, holdQueue, pass, stop } = startShares(shareOf([0, 1]));
  await pass(10);
  const telling = Promise.withResolvers<void>();
  holdQueue(telling.promise);
  answer(shareOf([0, 1], [1]));
  await pass(1_000);
  telling.reject(away());

  holdQueue(Promise.resolve());
  answer(shareOf([0, 1]));
  await pass(5_000);

  expect(happened).toEqual(["own 0,1", "own 0", "own 0,1"]);
  await stop();
});

test("a queue that is away for a moment leaves no shard that nobody handles", async () => {
  const { happened, answer, pass, left, failQueue, stop } = startShares(shareOf([0, 1]));
  await pass(10);
  failQueue(true);
  answer(shareOf([0, 1], [1]));
  await pass(1_000);
  expect(happened).toEqual(["own 0,1"]);

  failQueue(false);
  left();
  await pass(1_000);

  expect(happened).toEqual(["own 0,1", "own 0", "leave 1", "release 1"]);
  await stop();
});

test("who does not reach the queue tells the ledger after some seconds, and keeps what is not asked back", async () => {
  const { happened, failQueue, reachesQueue, pass, stop } = startShares(shareOf([0, 1]));
  await pass(10);
  failQueue(true);
  await pass(4_000);
  expect(reachesQueue()).toBe(true);

  await pass(60_000);
  expect(reachesQueue()).toBe(false);
  expect(happened).toEqual(["own 0,1"]);

  failQueue(false);
  await pass(2_000);
  expect(reachesQueue()).toBe(true);
  expect(happened).toEqual(["own 0,1"]);
  await stop();
});

test("who does not reach the queue goes on with what has begun while others ask only for some of it", async () => {
  const { happened, answer, failQueue, pass, stop } = startShares(shareOf([0, 1]));
  await pass(10);
  failQueue(true);
  await pass(10_000);

  answer(shareOf([0, 1], [1]));
  await pass(5_000);

  expect(happened).toEqual(["own 0,1"]);
  await stop();
});

test("who has not reached the queue yet says so from the start, and who has, likewise", async () => {
  const [far, near] = [startShares(shareOf([0])), startShares(shareOf([0]))];
  far.failQueue(true);
  await far.pass(10);

  expect([far.reachesQueue(), near.reachesQueue()]).toEqual([false, true]);
  far.failQueue(false);
  await far.pass(1_000);
  expect(far.reachesQueue()).toBe(true);
  await far.stop();
  await near.stop();
});

test("what others can reach and we cannot is theirs when what has begun is over, and ours again when we reach it", async () => {
  const world = startShares(shareOf([0, 1]));
  const { shares, happened, log, answer, failQueue, finished, pass, stop } = world;
  await pass(10);
  failQueue(true);
  await pass(10_000);

  answer(shareOf([0, 1], [0, 1]));
  await pass(3_000);
  expect(happened).toEqual(["own 0,1", "finish"]);
  expect(shares.mayBegin()).toBe(false);

  finished();
  answer(shareOf([]));
  await pass(3_000);
  expect(happened).toEqual(["own 0,1", "finish", "abandon", "release 0,1"]);
  expect(log.facts()).toContain("process.share_left");
  expect(log.facts()).not.toContain("process.share_lost");

  failQueue(false);
  answer(shareOf([1]));
  await pass(2_000);
  expect(happened.slice(4)).toEqual(["own ", "own 1"]);
  expect(shares.mayBegin()).toBe(true);
  await stop();
});

test("what is left to others when the queue is out of reach is theirs, with all the rest, when what has begun is over", async () => {
  const { happened, answer, failQueue, left, finished, pass, stop } = startShares(shareOf([0, 1]));
  await pass(10);
  answer(shareOf([0, 1], [1]));
  await pass(1_000);
  failQueue(true);
  await pass(10_000);
  answer(shareOf([0, 1], [0, 1]));
  await pass(1_000);
  // Nobody waits for what is under way any more, but for its end.
  left();
  await pass(1_000);
  expect(happened).toEqual(["own 0,1", "own 0", "leave 1", "finish"]);

  finished();
  answer(shareOf([]));
  await pass(1_000);

  expect(happened.slice(4)).toEqual(["abandon", "release 0,1"]);
  await stop();
});

/** Shares that are given to those whom the queue answers, as soon as what has begun is over. */
async function startRetiring(): Promise<StartedShares> {
  const shares = startShares(shareOf([0, 1]));
  await shares.pass(10);
  shares.failQueue(true);
  await shares.pass(10_000);
  shares.answer(shareOf([0, 1], [0, 1]));
  await shares.pass(1_000);
  return shares;
}

test("who loses everything while it finishes what has begun releases nothing", async () => {
  const { happened, answer, finished, pass, stop } = await startRetiring();

  answer(shareOf([]));
  await pass(1_000);
  finished();
  await pass(1_000);

  expect(happened).toEqual(["own 0,1", "finish", "abandon"]);
  await stop();
});

test("who stops while it finishes what has begun drops nothing, and gives nothing away by itself", async () => {
  const { happened, finished, pass, stop } = await startRetiring();

  await stop();
  finished();
  await pass(10);

  expect(happened).toEqual(["own 0,1", "finish"]);
});

test("a queue that others have taken over for, since it is away from here, is not told as one that is back", async () => {
  const { log, answer, failQueue, finished, pass, stop } = startShares(shareOf([0, 1]));
  await pass(10);
  failQueue(true);
  answer(shareOf([0, 1, 2]));
  await pass(7_000);
  answer(shareOf([0, 1, 2], [0, 1, 2]));
  await pass(1_000);
  finished();
  answer(shareOf([]));
  await pass(20_000);

  expect(log.facts()).toContain("queue.share_failed");
  expect(log.facts()).not.toContain("queue.share_failed.recovered");

  failQueue(false);
  answer(shareOf([0]));
  await pass(2_000);
  expect(log.facts().filter((fact) => fact === "queue.share_failed.recovered")).toHaveLength(1);
  await stop();
});
