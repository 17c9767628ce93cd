import { HookwellError } from "../errors.ts";
import { errorFields, type Log } from "../log.ts";

/** While a trouble lasts, it is logged again this often, in ms. A line for each request could fill another disk. */
const repeatMs = 10_000;
/**
 * After so long without it a trouble is over, in ms: at the high-water mark, or on a disk that is nearly full, requests
 * are refused and accepted in turn.
 */
const calmMs = 1_000;

/** Logs when the receiver cannot store, how many requests have met that so far, and when it can store again. */
export class Trouble {
  readonly #log: Log;
  readonly #now: () => number;
  #refused = 0;
  #loggedAt: number | undefined;
  #metAt = 0;

  constructor(log: Log, now: () => number) {
    this.#log = log;
    this.#now = now;
  }

  /** A request was answered with 503 for this. */
  met(error: unknown): void {
    this.#refused += 1;
    const now = this.#now();
    this.#metAt = now;
    if (this.#loggedAt !== undefined && Math.abs(now - this.#loggedAt) < repeatMs) return;
    this.#loggedAt = now;
    const code = error instanceof HookwellError ? error.code : "UNEXPECTED";
    this.#log.error("receive.unavailable", { code, refused: this.#refused, ...errorFields(error) });
  }

  /** A request was stored. */
  over(): void {
    if (this.#loggedAt === undefined || Math.abs(this.#now() - this.#metAt) < calmMs) return;
    this.#log.info("receive.available", { refused: this.#refused });
    this.#loggedAt = undefined;
    this.#refused = 0;
  }
}
