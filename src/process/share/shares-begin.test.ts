import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { beginForMs, deadAfterMs, shareOf, startShares } from "../../../test/support/processing/shares.ts";
import type { Share } from "../../ledger/driver.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test("a handler waits while there is no sign of life, and begins after the next", async () => {
  const { shares, answer, pass, happened, stop } = startShares(shareOf([0, 1]));
  await pass(10);
  expect(shares.mayBegin()).toBe(true);
  answer(new Error("the line is cut"));

  await pass(beginForMs);
  expect(shares.mayBegin()).toBe(false);
  expect(happened).toEqual(["own 0,1"]);

  answer(shareOf([0, 1]));
  await pass(1_000);
  expect(shares.mayBegin()).toBe(true);
  await stop();
});

test("a handler may begin only while something is surely ours", async () => {
  const { shares, answer, pass, happened, stop } = startShares(shareOf([0, 1]));
  expect(shares.mayBegin()).toBe(false);
  await pass(10);
  expect(shares.mayBegin()).toBe(true);

  answer(new Error("away"));
  // The process is paused: time passes, and no timer goes off.
  vi.setSystemTime(Date.now() + deadAfterMs);
  vi.spyOn(performance, "now").mockReturnValue(performance.now() + deadAfterMs);

  expect(shares.mayBegin()).toBe(false);
  await pass(0);
  expect(happened).toEqual(["own 0,1", "abandon", "own "]);
  vi.restoreAllMocks();
  await stop();
});

test("after the machine has slept, a handler waits for the next sign of life", async () => {
  const { shares, answer, pass, happened, stop } = startShares(shareOf([0, 1]));
  await pass(10);
  expect(shares.mayBegin()).toBe(true);

  answer(new Error("the line is cut"));
  // While it sleeps, `performance.now` stands still.
  vi.setSystemTime(Date.now() + deadAfterMs);
  expect(shares.mayBegin()).toBe(false);
  answer(shareOf([0, 1]));
  await pass(1_000);

  expect(shares.mayBegin()).toBe(true);
  expect(happened).toEqual(["own 0,1"]);
  await stop();
});

test("a clock that is set back lets nothing begin for longer", async () => {
  const { shares, answer, pass, stop } = startShares(shareOf([0, 1]));
  await pass(10);
  answer(new Error("the line is cut"));

  vi.setSystemTime(Date.now() - deadAfterMs);
  expect(shares.mayBegin()).toBe(true);
  await pass(beginForMs);

  expect(shares.mayBegin()).toBe(false);
  await stop();
});

test("who is told too late what is his begins nothing, and says so", async () => {
  const { shares, log, answer, pass, stop } = startShares(shareOf([1, 2]));
  await pass(900);
  expect(shares.mayBegin()).toBe(true);
  const told = Promise.withResolvers<Share>();

  answer(told.promise);
  await pass(100 + beginForMs);
  expect(log.lines).toEqual([]);
  told.resolve(shareOf([1, 2]));
  await pass(1);

  expect(shares.mayBegin()).toBe(false);
  const cure = expect.stringContaining("the ledger server") as string;
  expect(log.lines).toMatchObject([
    { level: "warn", fact: "ledger.share_late", fields: { tookMs: beginForMs, withinMs: beginForMs, cure } },
  ]);
  await stop();
});

test("who has nothing is not told that it heard of that too late", async () => {
  const { log, answer, pass, stop } = startShares(shareOf([]));
  await pass(900);
  const told = Promise.withResolvers<Share>();
  answer(told.promise);
  await pass(100 + beginForMs);

  told.resolve(shareOf([]));
  await pass(1);

  expect(log.lines).toEqual([]);
  await stop();
});

test("whose history is its own handles nothing while another has the queue, also if that one came later", async () => {
  const { shares, happened, log, keep, pass, stop } = startShares(
    { ...shareOf([0, 1]), forMs: Number.POSITIVE_INFINITY },
    false,
  );
  await pass(10);
  expect(happened).toEqual(["own 0,1"]);

  keep(0);
  await pass(1_000);
  expect(happened).toEqual(["own 0,1", "abandon", "own "]);
  expect(shares.mayBegin()).toBe(false);
  expect(log.lines).toContainEqual(expect.objectContaining({ level: "error", fact: "process.not_alone" }));
  keep(deadAfterMs);
  await pass(1_000);

  expect(happened).toEqual(["own 0,1", "abandon", "own ", "own 0,1"]);
  await stop();
});

test("whose history is its own begins nothing while the queue does not say that it still has it", async () => {
  const { shares, happened, failQueue, pass, stop } = startShares(
    { ...shareOf([0, 1]), forMs: Number.POSITIVE_INFINITY, beginForMs: Number.POSITIVE_INFINITY },
    false,
  );
  await pass(10);
  expect(shares.mayBegin()).toBe(true);
  failQueue(true);

  await pass(deadAfterMs / 2);
  expect(shares.mayBegin()).toBe(false);

  failQueue(false);
  await pass(1_000);
  expect(shares.mayBegin()).toBe(true);
  expect(happened).toEqual(["own 0,1"]);
  await stop();
});

test("a queue that is away is not told as the ledger's trouble", async () => {
  const { failQueue, log, pass, stop } = startShares(
    { ...shareOf([0, 1]), forMs: Number.POSITIVE_INFINITY },
    false,
  );
  failQueue(true);

  await pass(1_000);

  expect(log.facts()).toContain("queue.share_failed");
  expect(log.facts()).not.toContain("ledger.share_failed");
  await stop();
});

test("a trouble that lasts is told at once, then once a minute, and when it is over", async () => {
  const { failQueue, log, pass, stop } = startShares(
    { ...shareOf([0, 1]), forMs: Number.POSITIVE_INFINITY },
    false,
  );
  failQueue(true);
  await pass(59_000);
  expect(log.facts().filter((fact) => fact === "queue.share_failed")).toHaveLength(1);

  await pass(2_000);

  expect(log.facts().filter((fact) => fact === "queue.share_failed")).toHaveLength(2);
  failQueue(false);
  await pass(2_000);

  expect(log.facts().filter((fact) => fact === "queue.share_failed.recovered")).toHaveLength(1);
  await stop();
});
