/**
 * Counts work that is under way, so that its end can be waited for. The work itself is not kept: a `Set` or `Map` that
 * lives long, and that many short-lived objects pass through, makes V8 keep them until its next full collection, since
 * each table that it leaves for a new one still refers to them. Then every small collection copies what nobody needs.
 */
export class UnderWay {
  #count = 0;
  #waiting: (() => void)[] = [];

  get count(): number {
    return this.#count;
  }

  /** Returns the same work, which counts until it has ended, well or not. */
  async add<T>(work: Promise<T>): Promise<T> {
    this.#count += 1;
    try {
      return await work;
    } finally {
      this.#count -= 1;
      if (this.#count === 0) for (const resolve of this.#waiting.splice(0)) resolve();
    }
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    while (this.#count > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}
