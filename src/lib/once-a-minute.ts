const minuteMs = 60_000;

/** Counts what anybody can cause, and says when to log it: with a line for each, they could fill the disk. */
export class OnceAMinute {
  readonly #now: () => number;
  #count = 0;
  #toldAt: number | undefined;

  /** @param now in ms; the clock may be set back or forth */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** @returns how many there were since the last line, if it is time for the next one */
  met(): number | undefined {
    this.#count += 1;
    const now = this.#now();
    if (this.#toldAt !== undefined && Math.abs(now - this.#toldAt) < minuteMs) return undefined;
    const count = this.#count;
    this.#toldAt = now;
    this.#count = 0;
    return count;
  }
}
