/** The pace is measured over the newest items that together took about this long, in ms. */
const measureMs = 1_000;
/** With each item after it, the fastest one counts as this many times slower. */
const slower = 1.2;

/** How fast the items of a lane follow each other. */
export class Pace {
  readonly #now: () => number;
  /** When the item that is under way began; undefined if none is. */
  #since: number | undefined;
  /**
   * Of the newest items that are over: how long they took together, how many they are, and how long the fastest took.
   */
  #busyMs = 0;
  #over = 0;
  #fastestMs: number | undefined;

  /** @param now ms, from any fixed moment on */
  constructor(now: () => number) {
    this.#now = now;
  }

  begin(): void {
    this.#since = this.#now();
  }

  /** One is over; `goesOn` if the next one is under way from now on. */
  over(goesOn: boolean): void {
    const now = this.#now();
    const tookMs = now - (this.#since ?? now);
    this.#since = goesOn ? now : undefined;
    this.#over += 1;
    this.#busyMs += tookMs;
    // A slow item says little about the lane: perhaps the machine was busy.
    this.#fastestMs = Math.min(tookMs, (this.#fastestMs ?? Infinity) * slower);
    if (this.#busyMs > measureMs) [this.#busyMs, this.#over] = [this.#busyMs / 2, this.#over / 2];
  }

  /** None is under way any more, and it is not over. */
  stop(): void {
    this.#since = undefined;
  }

  /** For how long one is under way, in ms; 0 if none is. */
  get runningMs(): number {
    return this.#since === undefined ? 0 : this.#now() - this.#since;
  }

  /** How long an item takes, in ms; grows while one is under way. */
  get eachMs(): number {
    return (this.#busyMs + this.runningMs) / (this.#over + 1);
  }

  /** How long the fastest took, in ms; 0 if none is over yet. */
  get fastestMs(): number {
    return this.#fastestMs ?? 0;
  }
}
