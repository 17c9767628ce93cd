import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { deadAfterMs, shareOf, startShares } from "../../../test/support/processing/shares.ts";
import type { Share } from "../../ledger/driver.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test("nothing is received before the queue knows what is ours", async () => {
  const { shares, happened, answer, pass, stop } = startShares(new Error("away"));
  const known = shares.known.then(() => happened.push("known"));
  await pass(5_000);
  expect(happened).toEqual([]);

  answer(shareOf([1, 2]));
  await pass(1_000);
  await known;

  expect(happened).toEqual(["own 1,2", "known"]);
  await stop();
});

test("a stop does not wait until it is known what is ours, and nothing goes on after it", async () => {
  const { shares, pass, stop } = startShares(new Error("away"));
  let isKnown = false;
  void shares.known.then(() => (isKnown = true));
  await pass(10);
  expect(isKnown).toBe(false);

  await stop();

  expect(isKnown).toBe(true);
  expect(vi.getTimerCount()).toBe(0);
});

test("the only process of a ledger asks once", async () => {
  const { happened, pass, answer, stop } = startShares({ ...shareOf([0]), forMs: Number.POSITIVE_INFINITY });
  await pass(10);

  answer(shareOf([]));
  await pass(60_000);

  expect(happened).toEqual(["own 0"]);
  await stop();
});

test("new shards are received, and surplus ones left: first no more of them, then what is under way ends, then others may have them", async () => {
  const { happened, answer, pass, left, stop } = startShares(shareOf([0, 1]));
  await pass(10);
  answer(shareOf([0, 1, 2]));
  await pass(1_000);
  answer(shareOf([0, 1, 2], [1, 2]));
  await pass(5_000);
  expect(happened.slice(0, 4)).toEqual(["own 0,1", "own 0,1,2", "own 0", "leave 1,2"]);
  expect(happened).not.toContain("release 1,2");

  left();
  await pass(10);

  expect(happened.slice(4)).toEqual(["release 1,2"]);
  expect(happened).not.toContain("abandon");
  await stop();
});

test("one shard that is left while another comes is received no more, and the other is", async () => {
  const { happened, answer, pass, stop } = startShares(shareOf([0, 1], [1]));
  await pass(10);
  expect(happened).toEqual(["own 0", "leave 1"]);

  answer(shareOf([0, 1, 2], [0, 1]));
  await pass(1_000);

  expect(happened.slice(2)).toEqual(["own 2", "leave 0"]);
  await stop();
});

test("who is to leave all that it has, and reaches the queue, leaves it as it leaves a part", async () => {
  const { happened, answer, pass, left, stop } = startShares(shareOf([0, 1]));
  await pass(10);
  answer(shareOf([0, 1], [0, 1]));
  await pass(1_000);
  answer(shareOf([]));
  left();
  await pass(1_000);

  expect(happened).toEqual(["own 0,1", "own ", "leave 0,1", "release 0,1"]);
  await stop();
});

test("an answer that is older than the word that a shard is left takes nothing back", async () => {
  const { happened, answer, pass, left, stop } = startShares(shareOf([0, 1], [1]));
  await pass(10);
  const older = Promise.withResolvers<Share>();
  answer(older.promise);
  await pass(1_000);
  left();
  await pass(10);

  // Somebody went, so it was no surplus any more.
  older.resolve(shareOf([0, 1]));
  await pass(10);
  answer(shareOf([0]));
  await pass(1_000);

  expect(happened).toEqual(["own 0", "leave 1", "release 1"]);
  answer(shareOf([0, 1]));
  await pass(1_000);
  expect(happened.slice(3)).toEqual(["own 0,1"]);
  await stop();
});

test("a shard that the ledger still counts as ours while it hears that we have left it is no loss afterwards", async () => {
  const { happened, answer, confirm, pass, left, stop } = startShares(shareOf([0, 1], [1]));
  const confirmed = Promise.withResolvers<void>();
  confirm(confirmed.promise);
  left();
  await pass(1_000);

  confirmed.resolve();
  answer(shareOf([0]));
  await pass(1_000);

  expect(happened).toEqual(["own 0", "leave 1", "release 1"]);
  await stop();
});

test("the events of a shard are let in again when it is ours again", async () => {
  const { answer, entered, holdQueue, pass, left, stop } = startShares(shareOf([0, 1], [1]));
  left();
  await pass(10);
  answer(shareOf([0]));
  await pass(1_000);
  expect(entered()).toEqual([0]);

  const { promise: heard, resolve } = Promise.withResolvers<void>();
  holdQueue(heard);
  answer(shareOf([0, 1]));
  await pass(1_000);

  // Before the queue has answered: it may hand them out at once.
  expect(entered()).toEqual([0, 1]);
  resolve();
  await stop();
});

test("a shard that is left can be gone before that is confirmed, or without", async () => {
  const { happened, answer, confirm, pass, left, stop } = startShares(shareOf([0, 1], [1]));
  const confirmed = Promise.withResolvers<void>();
  confirm(confirmed.promise);
  left();
  await pass(10);

  answer(shareOf([0]));
  await pass(1_000);
  confirmed.reject(new Error("the answer is lost"));
  await pass(1_000);

  expect(happened).toEqual(["own 0", "leave 1", "release 1"]);
  await stop();
});

test("a shard that was lost while it was left, and is ours again, stays ours when what was under way before ends", async () => {
  const { happened, answer, pass, left, stop } = startShares(shareOf([0, 1], [1]));
  await pass(10);
  answer(shareOf([0]));
  await pass(1_000);
  answer(shareOf([0, 1]));
  await pass(1_000);
  expect(happened).toEqual(["own 0", "leave 1", "abandon", "own ", "own 0", "own 0,1"]);

  left();
  await pass(1_000);

  expect(happened.slice(6)).toEqual([]);
  await stop();
});

test("and if it is left once more, it is another's only when what is under way now has ended, too", async () => {
  const { happened, answer, pass, left, holdLeft, stop } = startShares(shareOf([0, 1], [1]));
  await pass(10);
  answer(shareOf([0]));
  await pass(1_000);
  const again = Promise.withResolvers<void>();
  holdLeft(again.promise);
  answer(shareOf([0, 1], [1]));
  await pass(1_000);
  expect(happened.slice(4)).toEqual(["own 0", "leave 1"]);

  left();
  await pass(1_000);
  expect(happened.slice(6)).toEqual([]);
  again.resolve();
  await pass(10);

  expect(happened.slice(6)).toEqual(["release 1"]);
  await stop();
});

test("who stops while it leaves a shard does not say that it has left it", async () => {
  const { happened, pass, left, stop } = startShares(shareOf([0, 1], [1]));
  await pass(10);
  expect(happened).toEqual(["own 0", "leave 1"]);

  await stop();
  left();
  await pass(10);

  expect(happened).toEqual(["own 0", "leave 1"]);
});

test("who finds a shard gone drops everything, and begins anew with what it has", async () => {
  const { happened, log, answer, pass, stop } = startShares(shareOf([0, 1]));
  await pass(10);

  answer(shareOf([1]));
  await pass(1_000);

  expect(happened).toEqual(["own 0,1", "abandon", "own ", "own 1"]);
  const reason = expect.stringContaining("Other workers may handle its events now") as string;
  expect(log.lines).toMatchObject([
    { level: "error", fact: "process.share_lost", fields: { shards: 2, reason } },
  ]);
  await stop();
});

test("who cannot show in time that it lives drops everything, on its own clock", async () => {
  const { happened, answer, pass, stop } = startShares(shareOf([0, 1]));
  await pass(10);
  answer(new Error("the network is cut"));
  await pass(deadAfterMs - 2_000);
  expect(happened).toEqual(["own 0,1"]);

  await pass(3_000);
  expect(happened).toEqual(["own 0,1", "abandon", "own "]);
  answer(shareOf([0, 1]));
  await pass(1_000);

  expect(happened).toEqual(["own 0,1", "abandon", "own ", "own 0,1"]);
  await stop();
});

test("what is ours is so for a time that begins with the question, however late its answer comes", async () => {
  const { happened, answer, pass, stop } = startShares(shareOf([0, 1]));
  await pass(900);
  const told = Promise.withResolvers<Share>();
  answer(told.promise);
  await pass(100 + 5_000);
  told.resolve(shareOf([0, 1]));
  answer(new Error("the network is cut"));

  await pass(deadAfterMs - 5_000 - 500);
  expect(happened).toEqual(["own 0,1"]);
  await pass(1_000);

  expect(happened).toEqual(["own 0,1", "abandon", "own "]);
  await stop();
});

test("the queue hears that everything is lost while the ledger is still away, and later if it is away itself", async () => {
  const { happened, answer, failQueue, pass, stop } = startShares(shareOf([0, 1]));
  await pass(10);
  answer(new Error("the network is cut"));
  failQueue(true);
  await pass(deadAfterMs + 1_000);
  expect(happened).toEqual(["own 0,1", "abandon"]);

  failQueue(false);
  await pass(5_000);
  expect(happened).toEqual(["own 0,1", "abandon", "own "]);

  answer(shareOf([1]));
  await pass(1_000);
  expect(happened.slice(3)).toEqual(["own 1"]);
  await stop();
});

test("what is lost while the queue is being told what is ours is told to it after that", async () => {
  const { happened, answer, holdQueue, pass, stop } = startShares(shareOf([0, 1]));
  await pass(10);
  const { promise: heard, resolve } = Promise.withResolvers<void>();
  holdQueue(heard);
  answer(shareOf([0, 1, 2]));
  await pass(1_000);

  await pass(deadAfterMs);
  expect(happened).toEqual(["own 0,1", "own 0,1,2", "abandon"]);
  answer(new Error("the network is cut"));
  resolve();
  await pass(10);

  expect(new Set(happened.slice(3))).toEqual(new Set(["own "]));
  await stop();
});

test("what is lost again before the queue has heard of the first time is given up once more", async () => {
  const { happened, answer, holdQueue, pass, stop } = startShares(shareOf([0, 1]));
  await pass(10);
  const { promise: heard, resolve } = Promise.withResolvers<void>();
  holdQueue(heard);
  answer(new Error("the network is cut"));
  await pass(deadAfterMs);
  answer(shareOf([1]));
  await pass(1_000);
  answer(new Error("the network is cut"));
  await pass(deadAfterMs);
  expect(happened).toEqual(["own 0,1", "abandon", "own ", "abandon"]);

  resolve();
  await pass(10);

  expect(happened.slice(4)).toEqual(["own 1", "own "]);
  await stop();
});
