import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { beginForMs, deadAfterMs, shareOf, startShares } from "../../../test/support/processing/shares.ts";
import type { Share } from "../../ledger/driver.ts";

let stoodStillMs = 0;

beforeEach(() => {
  vi.useFakeTimers();
  const now = performance.now.bind(performance);
  stoodStillMs = 0;
  vi.spyOn(performance, "now").mockImplementation(() => now() + stoodStillMs);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** The process stands still: time passes, and no timer goes off. */
function standStill(ms: number): void {
  vi.setSystemTime(Date.now() + ms);
  stoodStillMs += ms;
}

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
  const { shares, answer, pass, stop } = startShares(shareOf([0, 1]));
  expect(shares.mayBegin()).toBe(false);
  await pass(10);
  expect(shares.mayBegin()).toBe(true);

  answer(new Error("away"));
  standStill(deadAfterMs);

  expect(shares.mayBegin()).toBe(false);
  await stop();
});

describe("a process that stood still for longer than its time", () => {
  test("goes on with what it has if nobody has taken over meanwhile", async () => {
    const { shares, log, pass, happened, stop } = startShares(shareOf([0, 1]));
    await pass(1_500);

    standStill(60_000);

    expect(shares.mayBegin()).toBe(false);
    await pass(2_000);
    expect(shares.mayBegin()).toBe(true);
    expect(happened).toEqual(["own 0,1"]);
    expect(log.lines).toMatchObject([
      { level: "warn", fact: "process.stood_still", fields: { forMs: 60_000 } },
    ]);
    await stop();
  });

  test("goes on likewise if it hears first what it asked before", async () => {
    const { shares, answer, pass, happened, stop } = startShares(shareOf([0, 1]));
    const before = Promise.withResolvers<Share>();
    await pass(10);
    answer(before.promise);
    await pass(1_000);

    standStill(60_000);
    expect(shares.mayBegin()).toBe(false);
    answer(shareOf([0, 1]));
    before.resolve(shareOf([0, 1]));
    await pass(0);
    expect(shares.mayBegin()).toBe(false);
    await pass(2_000);

    expect(shares.mayBegin()).toBe(true);
    expect(happened).toEqual(["own 0,1"]);
    await stop();
  });

  test("drops everything as soon as it hears that others have taken over", async () => {
    const { shares, answer, log, pass, happened, stop } = startShares(shareOf([0, 1]));
    await pass(1_500);

    standStill(deadAfterMs);
    answer(shareOf([]));
    await pass(1_000);

    expect(shares.mayBegin()).toBe(false);
    expect(happened.slice(0, 2)).toEqual(["own 0,1", "abandon"]);
    expect(log.facts()).toEqual(["process.stood_still", "process.share_lost"]);
    await stop();
  });

  test.each([
    ["the ledger does not say so in 3 s", true],
    ["its history is its own: others of the queue are not in it", false],
  ])("drops everything if %s", async (_, isShared) => {
    const { shares, answer, failQueue, pass, happened, stop } = startShares(shareOf([0, 1]), isShared);
    await pass(10);
    answer(new Error("away"));
    failQueue(!isShared);
    await pass(1_500);

    standStill(deadAfterMs);
    expect(shares.mayBegin()).toBe(false);
    await pass(isShared ? 2_900 : 0);
    expect(happened.includes("abandon")).toBe(!isShared);
    await pass(1_000);

    expect(happened).toContain("abandon");
    await stop();
  });
});

test("who is cut off for longer than its time drops everything at once", async () => {
  const { shares, answer, pass, happened, stop } = startShares(shareOf([0, 1]));
  await pass(10);
  answer(new Error("the line is cut"));
  await pass(deadAfterMs - 500);
  expect(happened).not.toContain("abandon");

  await pass(500);

  expect(happened).toContain("abandon");
  expect(shares.mayBegin()).toBe(false);
  await stop();
});

test("who stands still again and again, and hears nothing, does not ask for ever", async () => {
  const { shares, answer, pass, happened, stop } = startShares(shareOf([0, 1]));
  await pass(10);
  answer(new Error("the line is cut"));
  standStill(deadAfterMs);
  expect(shares.mayBegin()).toBe(false);
  expect(happened).not.toContain("abandon");

  standStill(4_000);

  expect(shares.mayBegin()).toBe(false);
  expect(happened).toContain("abandon");
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
