/** How long something is held that was refused for the first time, and at most, in ms. */
const firstMs = 10_000;
const longestMs = 600_000;

/** How long something is held that may not be refused at all, in ms. */
const doubtMs = 1_000;

interface Hold {
  readonly until: number;
  readonly times: number;
}

/** What was refused, and until when it is not asked for again: longer each time. */
export class Holds<K> {
  readonly #holds = new Map<K, Hold>();

  refuse(key: K, now: number): void {
    const times = (this.#holds.get(key)?.times ?? 0) + 1;
    this.#holds.set(key, { until: now + Math.min(longestMs, firstMs * 2 ** (times - 1)), times });
  }

  /** It was not taken, perhaps only since a connection was lost. */
  doubt(key: K, now: number): void {
    this.#holds.set(key, { until: now + doubtMs, times: 0 });
  }

  /** Whether it was not taken once, and nobody knows why. */
  isDoubted(key: K): boolean {
    return this.#holds.get(key)?.times === 0;
  }

  /** It was taken. */
  free(key: K): void {
    this.#holds.delete(key);
  }

  get size(): number {
    return this.#holds.size;
  }

  /** Whether it was held and not taken since, even if it may be tried again by now. */
  has(key: K): boolean {
    return this.#holds.has(key);
  }

  /** Those that are not to be tried now. */
  held(now: number): readonly K[] {
    return [...this.#holds].flatMap(([key, { until }]) => (until > now ? [key] : []));
  }

  /** When the next one is to be tried again; infinity if none is held. */
  nextEnd(now: number): number {
    let next = Infinity;
    for (const { until } of this.#holds.values()) if (until > now) next = Math.min(next, until);
    return next;
  }
}
