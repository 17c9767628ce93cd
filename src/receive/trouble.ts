import { HookwellError } from "../errors.ts";
import { errorFields, type Log } from "../log.ts";

/**
 * A trouble that lasts, or comes and goes, is logged again this often, in ms. A line for each request could fill another
 * disk.
 */
const repeatMs = 10_000;

/** Logs when the receiver cannot store, how many requests have met that so far, and when it can store again. */
export class Trouble {
  readonly #log: Log;
  readonly #now: () => number;
  #refused = 0;
  #loggedAt: number | undefined;
  /** Whether the last line says that it cannot store. */
  #isTold = false;

  constructor(log: Log, now: () => number) {
    this.#log = log;
    this.#now = now;
  }

  /** A request was answered with 503 for this. */
  met(error: unknown): void {
    this.#refused += 1;
    const now = this.#now();
    if (this.#loggedAt !== undefined && Math.abs(now - this.#loggedAt) < repeatMs) return;
    this.#loggedAt = now;
    this.#isTold = true;
    const code = error instanceof HookwellError ? error.code : "UNEXPECTED";
    this.#log.error("receive.unavailable", { code, refused: this.#refused, ...errorFields(error) });
  }

  /** A request was stored. */
  over(): void {
    if (!this.#isTold) return;
    this.#log.info("receive.available", { refused: this.#refused });
    this.#isTold = false;
    this.#refused = 0;
  }
}
