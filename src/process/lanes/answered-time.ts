import { receiveMs } from "../../queue/driver.ts";

/** A queue that is there answers within this time, in ms; what takes longer counts no more. */
const mostMs = 2 * receiveMs;

/** How long a queue has been answering, in ms: a clock that stands still while it is away, or is not asked. */
export class AnsweredTime {
  readonly #now: () => number;
  #answeredAt: number;
  #ms = 0;

  /** @param now ms, from any fixed moment on */
  constructor(now: () => number) {
    this.#now = now;
    this.#answeredAt = now();
  }

  get ms(): number {
    return this.#ms;
  }

  /** The queue has answered. */
  answered(): void {
    const now = this.#now();
    this.#ms += Math.min(now - this.#answeredAt, mostMs);
    this.#answeredAt = now;
  }
}
