import { vi } from "vitest";
import { QueueUnavailableError } from "../../../src/errors.ts";
import type { Share, ShareOptions } from "../../../src/ledger/driver.ts";
import type { Ledger } from "../../../src/ledger/ledger.ts";
import { isError } from "../../../src/lib/is-error.ts";
import { Shares } from "../../../src/process/share/shares.ts";
import type { Queue } from "../../../src/queue/queue.ts";
import { recordedLog, type RecordedLog } from "../../../src/testing/recorded-log.ts";

export const deadAfterMs = 20_000;
export const beginForMs = 2_000;
export const shareOf = (owned: readonly number[], surplus: readonly number[] = []): Share => ({
  owned,
  surplus,
  forMs: deadAfterMs,
  beginForMs,
});

export const away = (): QueueUnavailableError => new QueueUnavailableError("the queue is away");

/** Shares that run, and what they meet. */
export interface StartedShares {
  readonly shares: Shares;
  /** What they did, in order. */
  readonly happened: string[];
  readonly log: RecordedLog;
  /** What is under way in shards that are left has ended. */
  readonly left: () => void;
  /** What is under way in shards that are left from now on takes so long, whatever becomes of the others. */
  readonly holdLeft: (until: Promise<void>) => void;
  /** All that has begun has ended. */
  readonly finished: () => void;
  /** Whose events were let in last. */
  readonly entered: () => readonly number[];
  /** What the ledger heard last. */
  readonly reachesQueue: () => boolean;
  /** The queue is kept for so long, from the next time on. */
  readonly keep: (ms: number) => void;
  readonly failQueue: (is: boolean) => void;
  /** The queue takes so long to hear what is ours. */
  readonly holdQueue: (until: Promise<void>) => void;
  /** What the ledger says from the next time on. */
  readonly answer: (share: Promise<Share> | Share | Error) => void;
  /** The ledger takes so long to hear what was left. */
  readonly confirm: (release: Promise<void>) => void;
  readonly pass: (ms: number) => Promise<unknown>;
  readonly stop: () => Promise<void>;
}

/** Shares over a ledger that answers what it is told to; what happened is noted in order. */
export function startShares(first: Share | Error, isShared = true): StartedShares {
  const happened: string[] = [];
  let next: Promise<Share> | Share | Error = first;
  let released: Promise<void> = Promise.resolve();
  const left = Promise.withResolvers<void>();
  let leaving: Promise<void> = left.promise;
  const stop = new AbortController();
  const log = recordedLog();
  const ledger = {
    isShared,
    history: () => Promise.resolve("ours"),
    share: (_: number, { reachesQueue = true }: ShareOptions) => {
      reaches = reachesQueue;
      return isError(next) ? Promise.reject(next) : Promise.resolve(next);
    },
    release: (shards: readonly number[]) => {
      happened.push(`release ${shards.join()}`);
      return released;
    },
  };
  let queueFails = false;
  let entered: readonly number[] = [];
  let reaches = true;
  const finished = Promise.withResolvers<void>();
  let owning: Promise<void> = Promise.resolve();
  let keptMs = deadAfterMs;
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
    enter: (shards) => void (entered = shards),
    leave: (shards) => {
      happened.push(`leave ${shards.join()}`);
      return leaving;
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
    holdLeft: (until: Promise<void>) => void (leaving = until),
    finished: () => finished.resolve(),
    entered: () => entered,
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
