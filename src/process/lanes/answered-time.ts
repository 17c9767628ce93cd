import { receiveMs } from "../../queue/driver.ts";
import { lateMs } from "./parked.ts";

/** A queue that is there answers within this time, in ms; what takes longer counts no more. */
const mostMs = 2 * receiveMs;

/**
 * How long a queue has been answering, in ms: a clock that stands still while it is not asked. When it comes back after
 * a failure, it may take long to hand out all that is due: then the clock is set back by as much as a copy may be late.
 */
export class AnsweredTime {
  readonly #now: () => number;
  #answeredAt: number;
  #hasFailed = false;
  #ms = 0;
  /** The most that it ever was. */
  #highestMs = 0;

  /** @param now ms, from any fixed moment on */
  constructor(now: () => number) {
    this.#now = now;
    this.#answeredAt = now();
  }

  get ms(): number {
    return this.#ms;
  }

  /** Asks the queue. */
  async of<T>(call: Promise<T>): Promise<T> {
    try {
      const answer = await call;
      this.#answered();
      return answer;
    } catch (error) {
      this.#hasFailed = true;
      throw error;
    }
  }

  #answered(): void {
    const now = this.#now();
    // Not from now: each of many failures in a row would set it back further, and what is gone would be awaited longer.
    if (this.#hasFailed) this.#ms = this.#highestMs - lateMs;
    else this.#ms += Math.min(now - this.#answeredAt, mostMs);
    this.#highestMs = Math.max(this.#highestMs, this.#ms);
    this.#answeredAt = now;
    this.#hasFailed = false;
  }
}
