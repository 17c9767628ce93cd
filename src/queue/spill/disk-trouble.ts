import { pauseMs } from "../../lib/async/pause.ts";
import { sleep } from "../../lib/async/sleep.ts";
import { errorFields, type Log } from "../../log.ts";

/** How soon trouble is told that comes again, in ms: a disk that is nearly full has room now and then. */
const againMs = 60_000;

/** Goes on while the disk fails. That is logged once, and once more when everything works again. */
export class DiskTrouble {
  readonly #log: Log;
  readonly #stopping: AbortSignal;
  readonly #now: () => number;
  /** What is asked of the disk → how often in a row it failed. */
  readonly #failures = new Map<string, number>();
  /** Whether the last line said that it fails. */
  #isTold = false;
  #toldAt = -Infinity;

  /** @param stopping ends all pauses */
  constructor(log: Log, stopping: AbortSignal, now: () => number = () => performance.now()) {
    this.#log = log;
    this.#stopping = stopping;
    this.#now = now;
  }

  /** The result; undefined if the disk fails. */
  async try<T>(what: string, work: () => Promise<T>): Promise<T | undefined> {
    const failing = this.#failures;
    try {
      const result = await work();
      if (failing.delete(what) && failing.size === 0) this.#tellWorks();
      return result;
    } catch (error) {
      failing.set(what, (failing.get(what) ?? 0) + 1);
      this.#tellFailed(error);
      return undefined;
    }
  }

  #tellFailed(error: unknown): void {
    const now = this.#now();
    if (this.#isTold || now - this.#toldAt < againMs) return;
    this.#isTold = true;
    this.#toldAt = now;
    this.#log.error("queue.spill_failed", errorFields(error));
  }

  #tellWorks(): void {
    if (!this.#isTold) return;
    this.#isTold = false;
    this.#log.info("queue.spill_works");
  }

  /** Waits before a failed action is tried again, if no other time is set for that. */
  pause(what: string): Promise<void> {
    return sleep(pauseMs(this.#failures.get(what) ?? 1), this.#stopping);
  }
}
