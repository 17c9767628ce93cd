/** Counts by a word. Adding costs one look-up, since it happens for every request. */
export class Tally {
  readonly #counts: Map<string, number>;

  /** @param words shown from the beginning: whoever watches a number must have seen it at 0 to see it grow */
  constructor(words: readonly string[] = []) {
    this.#counts = new Map(words.map((word) => [word, 0]));
  }

  add(word: string): void {
    this.#counts.set(word, (this.#counts.get(word) ?? 0) + 1);
  }

  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }
}

/** How often a value was at most each bound, as a Prometheus histogram wants it. */
export class Buckets {
  /** Ascending. */
  readonly bounds: readonly number[];
  readonly #hits: number[];
  #sum = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.#hits = Array.from({ length: bounds.length + 1 }, () => 0);
  }

  add(value: number): void {
    let index = 0;
    while (index < this.bounds.length && value > (this.bounds[index] ?? 0)) index += 1;
    this.#hits[index] = (this.#hits[index] ?? 0) + 1;
    this.#sum += value;
  }

  get sum(): number {
    return this.#sum;
  }

  /** One number per bound, and the number of all values at the end. */
  get cumulative(): readonly number[] {
    let total = 0;
    return this.#hits.map((hits) => (total += hits));
  }
}
