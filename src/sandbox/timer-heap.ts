export interface DueTimer {
  readonly at: number;
  readonly run: () => void;
}

interface Entry extends DueTimer {
  /** In the order of adding, so that timers due at the same time run in that order. */
  readonly place: number;
  live: boolean;
}

const isBefore = (a: Entry, b: Entry): boolean => a.at < b.at || (a.at === b.at && a.place < b.place);

/** Timers in the order in which they are due. A binary heap: adding and taking cost little with many thousands. */
export class TimerHeap {
  readonly #entries: Entry[] = [];
  #added = 0;

  /** @returns calls the timer off */
  add(at: number, run: () => void): () => void {
    const entry: Entry = { at, run, place: (this.#added += 1), live: true };
    this.#entries.push(entry);
    this.#rise(this.#entries.length - 1);
    return () => {
      entry.live = false;
    };
  }

  first(): DueTimer | undefined {
    while (this.#entries[0]?.live === false) this.#removeFirst();
    return this.#entries[0];
  }

  take(): DueTimer | undefined {
    const first = this.first();
    if (first !== undefined) this.#removeFirst();
    return first;
  }

  #removeFirst(): void {
    const last = this.#entries.pop();
    if (last === undefined || this.#entries.length === 0) return;
    this.#entries[0] = last;
    this.#sink();
  }

  #rise(from: number): void {
    let at = from;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (!this.#swapIfBefore(at, above)) return;
      at = above;
    }
  }

  #sink(): void {
    let at = 0;
    for (;;) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      const [l, r] = [this.#entries[left], this.#entries[right]];
      if (l === undefined) return;
      const smaller = r !== undefined && isBefore(r, l) ? right : left;
      if (!this.#swapIfBefore(smaller, at)) return;
      at = smaller;
    }
  }

  /** @returns true if the entry below belonged above the other, and now is there */
  #swapIfBefore(below: number, above: number): boolean {
    const [low, high] = [this.#entries[below], this.#entries[above]];
    if (low === undefined || high === undefined || !isBefore(low, high)) return false;
    this.#entries[below] = high;
    this.#entries[above] = low;
    return true;
  }
}
