import { setTimeout as sleep } from "node:timers/promises";
import { LedgerUnavailableError, QueueUnavailableError } from "../errors.ts";
import type { LedgerDriver } from "../ledger/driver.ts";
import type { QueueDriver } from "../queue/driver.ts";
import { type Around, aroundQueue } from "./around-queue.ts";
import { oneIn } from "../lib/random.ts";

/** How an engine misbehaves. What is left out does not happen. */
export interface ChaosOptions {
  /** Gives numbers from 0 up to 1; with `seededRandom` a failure can be seen again. */
  readonly random: () => number;
  /** About one call in so many fails before it has done anything, as when a disk is full. */
  readonly failOneIn?: number;
  /** About one call in so many does its work and fails all the same, as when a connection breaks before the answer. */
  readonly loseOneIn?: number;
  /** Calls take up to so much longer, in ms; so they also overtake each other. */
  readonly delayMs?: number;
}

/**
 * A queue in trouble: it keeps the promises of `QueueDriver`, and nothing more. Wrap a driver in it to see whether what
 * you build upon queues gets along. Only `close` always works.
 *
 * @example
 * ```ts
 * const queue = chaosQueue(memoryQueue(), { random: seededRandom(1), failOneIn: 5, delayMs: 10 });
 * ```
 */
export function chaosQueue(driver: QueueDriver, options: ChaosOptions): QueueDriver {
  return aroundQueue(
    driver,
    hardWay(options, (reason) => new QueueUnavailableError(reason)),
  );
}

/** The same for a ledger. An outcome whose answer is lost is written down twice, so do not count attempts then. */
export function chaosLedger(driver: LedgerDriver, options: ChaosOptions): LedgerDriver {
  const hard = hardWay(options, (reason) => new LedgerUnavailableError(reason));
  return {
    isShared: driver.isShared,
    share: hard((shards, options) => driver.share(shards, options)),
    history: hard(() => driver.history()),
    release: hard((shards) => driver.release(shards)),
    report: hard(() => driver.report()),
    workerWarnings: hard(() => driver.workerWarnings()),
    admit: hard((messages) => driver.admit(messages)),
    begin: hard((message, startedAt) => driver.begin(message, startedAt)),
    settle: hard((settlements) => driver.settle(settlements)),
    transaction: hard((withinMs) => driver.transaction(withinMs)),
    get: hard((eventId) => driver.get(eventId)),
    list: hard((filter, limit, cursor) => driver.list(filter, limit, cursor)),
    timeline: hard((entity, limit) => driver.timeline(entity, limit)),
    changes: hard((after, limit) => driver.changes(after, limit)),
    latestChange: hard(() => driver.latestChange()),
    message: hard((eventId) => driver.message(eventId)),
    reopen: hard((eventId, copy) => driver.reopen(eventId, copy)),
    stats: hard(() => driver.stats()),
    removeDead: hard((eventId) => driver.removeDead(eventId)),
    prune: hard((before) => driver.prune(before)),
    close: () => driver.close(),
  };
}

/** Puts delays and failures around a call. */
function hardWay(
  { random, failOneIn, loseOneIn, delayMs = 0 }: ChaosOptions,
  failure: (reason: string) => Error,
): Around {
  const happens = (times: number | undefined): boolean => times !== undefined && oneIn(random, times);
  return (call) =>
    async (...args) => {
      // Drawn at once, so that the order in which calls end changes nothing.
      const [fails, isLost, early, late] = [happens(failOneIn), happens(loseOneIn), random(), random()];
      if (delayMs > 0) await sleep(early * delayMs);
      if (fails) throw failure("Chaos: nothing was done.");
      const result = await call(...args);
      if (delayMs > 0) await sleep(late * delayMs);
      if (isLost) throw failure("Chaos: it was done, but the answer is lost.");
      return result;
    };
}
