import { pauseMs } from "../../lib/pause.ts";
import { sleep } from "../../lib/sleep.ts";
import { errorFields, type Log } from "../../log.ts";

/** Goes on while the disk fails. That is logged once, and once more when everything works again. */
export class DiskTrouble {
  readonly #log: Log;
  readonly #stopping: AbortSignal;
  /** What is asked of the disk → how often in a row it failed. */
  readonly #failures = new Map<string, number>();

  /** @param stopping ends all pauses */
  constructor(log: Log, stopping: AbortSignal) {
    this.#log = log;
    this.#stopping = stopping;
  }

  /** The result; undefined if the disk fails. */
  async try<T>(what: string, work: () => Promise<T>): Promise<T | undefined> {
    const failing = this.#failures;
    try {
      const result = await work();
      if (failing.delete(what) && failing.size === 0) this.#log.info("queue.spill_works");
      return result;
    } catch (error) {
      if (failing.size === 0) this.#log.error("queue.spill_failed", errorFields(error));
      failing.set(what, (failing.get(what) ?? 0) + 1);
      return undefined;
    }
  }

  /** Waits before a failed action is tried again, if no other time is set for that. */
  pause(what: string): Promise<void> {
    return sleep(pauseMs(this.#failures.get(what) ?? 1), this.#stopping);
  }
}
