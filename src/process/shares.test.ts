import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { QueueUnavailableError } from "../errors.ts";
import type { Share } from "../ledger/driver.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Queue } from "../queue/queue.ts";
import { recordedLog } from "../testing/recorded-log.ts";
import { Shares } from "./shares.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const lifeMs = 20_000;
const beginForMs = 2_000;
const shareOf = (owned: readonly number[], surplus: readonly number[] = []): Share => ({
  owned,
  surplus,
  forMs: lifeMs,
  beginForMs,
});

const away = (): QueueUnavailableError => new QueueUnavailableError("the queue is away");

/** Shares over a ledger that answers what it is told to; what happened is noted in order. */
function started(first: Share | Error, isShared = true) {
  const happened: string[] = [];
  let next: Promise<Share> | Share | Error = first;
  let released: Promise<void> = Promise.resolve();
  const left = Promise.withResolvers<void>();
  const stop = new AbortController();
  const log = recordedLog();
  const ledger = {
    isShared,
    history: () => Promise.resolve("ours"),
    share: (_: number, reachesQueue: boolean) => {
      reaches = reachesQueue;
      return Error.isError(next) ? Promise.reject(next) : Promise.resolve(next);
    },
    release: (shards: readonly number[]) => {
      happened.push(`release ${shards.join()}`);
      return released;
    },
  };
  let queueFails = false;
  let reaches = true;
  const finished = Promise.withResolvers<void>();
  let owning: Promise<void> = Promise.resolve();
  let keptMs = lifeMs;
  const queue = {
    shards: 16,
    reserve: () => (queueFails ? Promise.reject(away()) : Promise.resolve(keptMs)),
    own: async (shards: readonly number[]) => {
      if (queueFails) throw away();
      happened.push(`own ${shards.join()}`);
      await owning;
    },
  };
  const shares = new Shares({
    ledger: ledger as Partial<Ledger> as Ledger,
    queue: queue as Partial<Queue> as Queue,
    enter: () => undefined,
    leave: (shards) => {
      happened.push(`leave ${shards.join()}`);
      return left.promise;
    },
    abandon: () => void happened.push("abandon"),
    finish: () => {
      happened.push("finish");
      return finished.promise;
    },
    trouble: log.log,
    stopping: stop.signal,
  });
  const running = shares.run();
  return {
    shares,
    happened,
    log,
    left: () => left.resolve(),
    finished: () => finished.resolve(),
    /** What the ledger heard last. */
    reachesQueue: () => reaches,
    keep: (ms: number) => void (keptMs = ms),
    failQueue: (is: boolean) => void (queueFails = is),
    holdQueue: (until: Promise<void>) => void (owning = until),
    answer: (share: Promise<Share> | Share | Error) => void (next = share),
    confirm: (release: Promise<void>) => void (released = release),
    pass: (ms: number) => vi.advanceTimersByTimeAsync(ms),
    stop: async () => {
      stop.abort();
      await running;
    },
  };
}

test("nothing is received before the queue knows what is ours", async () => {
  const { shares, happened, answer, pass, stop } = started(new Error("away"));
  const known = shares.known.then(() => happened.push("known"));
  await pass(5_000);
  expect(happened).toEqual([]);

  answer(shareOf([1, 2]));
  await pass(1_000);
  await known;

  expect(happened).toEqual(["own 1,2", "known"]);
  await stop();
});

test("the only process of a ledger asks once", async () => {
  const { happened, pass, answer, stop } = started({ ...shareOf([0]), forMs: Number.POSITIVE_INFINITY });
  await pass(10);

  answer(shareOf([]));
  await pass(60_000);

  expect(happened).toEqual(["own 0"]);
  await stop();
});

test("new shards are received, and surplus ones left: first no more of them, then what is under way ends, then others may have them", async () => {
  const { happened, answer, pass, left, stop } = started(shareOf([0, 1]));
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

test("a queue that failed to take a shard from us is told again what is ours, also if that is what it was before", async () => {
  const { happened, answer, holdQueue, pass, stop } = started(shareOf([0, 1]));
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

test("an answer that is older than the word that a shard is left takes nothing back", async () => {
  const { happened, answer, pass, left, stop } = started(shareOf([0, 1], [1]));
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

test("a shard that is left can be gone before that is confirmed, or without", async () => {
  const { happened, answer, confirm, pass, left, stop } = started(shareOf([0, 1], [1]));
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

test("who stops while it leaves a shard does not say that it has left it", async () => {
  const { happened, pass, left, stop } = started(shareOf([0, 1], [1]));
  await pass(10);
  expect(happened).toEqual(["own 0", "leave 1"]);

  await stop();
  left();
  await pass(10);

  expect(happened).toEqual(["own 0", "leave 1"]);
});

test("who finds a shard gone drops everything, and begins anew with what it has", async () => {
  const { happened, log, answer, pass, stop } = started(shareOf([0, 1]));
  await pass(10);

  answer(shareOf([1]));
  await pass(1_000);

  expect(happened).toEqual(["own 0,1", "abandon", "own ", "own 1"]);
  expect(log.facts()).toContain("process.share_lost");
  await stop();
});

test("who cannot show in time that it lives drops everything, on its own clock", async () => {
  const { happened, answer, pass, stop } = started(shareOf([0, 1]));
  await pass(10);
  answer(new Error("the network is cut"));
  await pass(lifeMs - 2_000);
  expect(happened).toEqual(["own 0,1"]);

  await pass(3_000);
  expect(happened).toEqual(["own 0,1", "abandon", "own "]);
  answer(shareOf([0, 1]));
  await pass(1_000);

  expect(happened).toEqual(["own 0,1", "abandon", "own ", "own 0,1"]);
  await stop();
});

test("the queue hears that everything is lost while the ledger is still away, and later if it is away itself", async () => {
  const { happened, answer, failQueue, pass, stop } = started(shareOf([0, 1]));
  await pass(10);
  answer(new Error("the network is cut"));
  failQueue(true);
  await pass(lifeMs + 1_000);
  expect(happened).toEqual(["own 0,1", "abandon"]);

  failQueue(false);
  await pass(5_000);
  expect(happened).toEqual(["own 0,1", "abandon", "own "]);

  answer(shareOf([1]));
  await pass(1_000);
  expect(happened.slice(3)).toEqual(["own 1"]);
  await stop();
});

test("what is lost again before the queue has heard of the first time is given up once more", async () => {
  const { happened, answer, holdQueue, pass, stop } = started(shareOf([0, 1]));
  await pass(10);
  const { promise: heard, resolve } = Promise.withResolvers<void>();
  holdQueue(heard);
  answer(new Error("the network is cut"));
  await pass(lifeMs);
  answer(shareOf([1]));
  await pass(1_000);
  answer(new Error("the network is cut"));
  await pass(lifeMs);
  expect(happened).toEqual(["own 0,1", "abandon", "own ", "abandon"]);

  resolve();
  await pass(10);

  expect(happened.slice(4)).toEqual(["own 1", "own "]);
  await stop();
});

test("a queue that is away for a moment leaves no shard that nobody handles", async () => {
  const { happened, answer, pass, left, failQueue, stop } = started(shareOf([0, 1]));
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
  const { happened, failQueue, reachesQueue, pass, stop } = started(shareOf([0, 1]));
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

test("who has not reached the queue yet says so from the start, and who has, likewise", async () => {
  const [far, near] = [started(shareOf([0])), started(shareOf([0]))];
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
  const world = started(shareOf([0, 1]));
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
  const { happened, answer, failQueue, left, finished, pass, stop } = started(shareOf([0, 1]));
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

test("who loses everything while it finishes what has begun releases nothing", async () => {
  const { happened, answer, failQueue, finished, pass, stop } = started(shareOf([0, 1]));
  await pass(10);
  failQueue(true);
  await pass(10_000);
  answer(shareOf([0, 1], [0, 1]));
  await pass(1_000);

  answer(shareOf([]));
  await pass(1_000);
  finished();
  await pass(1_000);

  expect(happened).toEqual(["own 0,1", "finish", "abandon"]);
  await stop();
});

test("a handler waits while there is no sign of life, and begins after the next", async () => {
  const { shares, answer, pass, happened, stop } = started(shareOf([0, 1]));
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
  const { shares, answer, pass, happened, stop } = started(shareOf([0, 1]));
  expect(shares.mayBegin()).toBe(false);
  await pass(10);
  expect(shares.mayBegin()).toBe(true);

  answer(new Error("away"));
  // The process is paused: time passes, and no timer goes off.
  vi.setSystemTime(Date.now() + lifeMs);
  vi.spyOn(performance, "now").mockReturnValue(performance.now() + lifeMs);

  expect(shares.mayBegin()).toBe(false);
  await pass(0);
  expect(happened).toEqual(["own 0,1", "abandon", "own "]);
  vi.restoreAllMocks();
  await stop();
});

test("whose history is its own handles nothing while another has the queue, also if that one came later", async () => {
  const { happened, log, keep, pass, stop } = started(
    { ...shareOf([0, 1]), forMs: Number.POSITIVE_INFINITY },
    false,
  );
  await pass(10);
  expect(happened).toEqual(["own 0,1"]);

  keep(0);
  await pass(1_000);
  expect(happened).toEqual(["own 0,1", "abandon", "own "]);
  expect(log.facts()).toContain("process.not_alone");
  keep(lifeMs);
  await pass(1_000);

  expect(happened).toEqual(["own 0,1", "abandon", "own ", "own 0,1"]);
  await stop();
});

test("whose history is its own begins nothing while the queue does not say that it still has it", async () => {
  const { shares, happened, failQueue, pass, stop } = started(
    { ...shareOf([0, 1]), forMs: Number.POSITIVE_INFINITY, beginForMs: Number.POSITIVE_INFINITY },
    false,
  );
  await pass(10);
  expect(shares.mayBegin()).toBe(true);
  failQueue(true);

  await pass(lifeMs / 2);
  expect(shares.mayBegin()).toBe(false);

  failQueue(false);
  await pass(1_000);
  expect(shares.mayBegin()).toBe(true);
  expect(happened).toEqual(["own 0,1"]);
  await stop();
});

test("a queue that is away is not told as the ledger's trouble", async () => {
  const { failQueue, log, pass, stop } = started(
    { ...shareOf([0, 1]), forMs: Number.POSITIVE_INFINITY },
    false,
  );
  failQueue(true);

  await pass(1_000);

  expect(log.facts()).toContain("queue.share_failed");
  expect(log.facts()).not.toContain("ledger.share_failed");
  await stop();
});

test("who is told too late what is his begins nothing, and says so", async () => {
  const { shares, log, answer, pass, stop } = started(shareOf([1, 2]));
  await pass(900);
  expect(shares.mayBegin()).toBe(true);
  const told = Promise.withResolvers<Share>();

  answer(told.promise);
  await pass(100 + beginForMs);
  expect(log.lines).toEqual([]);
  told.resolve(shareOf([1, 2]));
  await pass(1);

  expect(shares.mayBegin()).toBe(false);
  expect(log.lines).toMatchObject([
    { level: "warn", fact: "ledger.share_late", fields: { tookMs: beginForMs, withinMs: beginForMs } },
  ]);
  await stop();
});
