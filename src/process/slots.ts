/** How long work that is done at once may go on before the event loop gets a turn, in ms. */
const turnMs = 10;
/** How soon to ask again whether anything may begin, in ms. */
export const askAgainMs = 50;
/** How long others keep one waiting that needs all slots, and how long it keeps them waiting, in ms. */
const longestAloneMs = 2_000;

export interface SlotsOptions<T> {
  /** Items that may be worked on at a time. */
  readonly concurrency: number;
  /** Asked right before each; while it says no, items wait. */
  readonly mayBegin: () => boolean;
  /** Who needs all slots: it begins when nothing else is worked on, and nothing begins until it is released. */
  readonly isAlone?: (item: T) => boolean;
  /** After so many ms it begins in any case, and after as many more, so do others: one that hangs holds up nothing. */
  readonly aloneMs?: number;
}

/**
 * Lets a limited number of items be worked on at a time; the others wait their turn, first come, first served. Not the
 * oldest event first: the states with the longest backlogs, which are the slow ones, would have all slots until they
 * are done.
 */
export class Slots<T> {
  readonly #work: (item: T) => Promise<void> | undefined;
  #waiting: T[] = [];
  readonly #emptied = Promise.withResolvers<void>();
  #running = 0;
  readonly #concurrency: number;
  readonly #mayBegin: () => boolean;
  readonly #isAlone: (item: T) => boolean;
  readonly #aloneMs: number;
  /** Has all slots. */
  #alone: T | undefined;
  /** The last one that had to wait for all slots, and whether it waits no longer. */
  #next: T | undefined;
  #isLate = false;
  #scheduled = false;
  #closed = false;

  /** @param work returns a promise if it is not done at once; neither throws nor rejects */
  constructor(
    { concurrency, mayBegin, isAlone = () => false, aloneMs = longestAloneMs }: SlotsOptions<T>,
    work: (item: T) => Promise<void> | undefined,
  ) {
    this.#concurrency = concurrency;
    this.#mayBegin = mayBegin;
    this.#isAlone = isAlone;
    this.#aloneMs = aloneMs;
    this.#work = work;
  }

  add(item: T): void {
    if (this.#closed) return;
    this.#waiting.push(item);
    this.#fillSoon();
  }

  /** Lets others begin again, if this one has all slots. */
  release(item: T): void {
    if (this.#alone !== item) return;
    this.#alone = undefined;
    this.#fillSoon();
  }

  /** How many wait their turn. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Takes back those of this kind that wait. */
  withdraw(isMeant: (item: T) => boolean): readonly T[] {
    const withdrawn = this.#waiting.filter(isMeant);
    if (withdrawn.length === 0) return withdrawn;
    this.#waiting = this.#waiting.filter((item) => !isMeant(item));
    // One of them may have kept the others waiting.
    this.#fillSoon();
    return withdrawn;
  }

  /** Begins nothing more, forgets what waits, and resolves when all that runs has ended. */
  close(): Promise<void> {
    this.#closed = true;
    this.#waiting.length = 0;
    if (this.#running === 0) this.#emptied.resolve();
    return this.#emptied.promise;
  }

  readonly #fill = (): void => {
    this.#scheduled = false;
    const until = performance.now() + turnMs;
    while (this.#alone === undefined && this.#running < this.#concurrency && this.#waiting.length > 0) {
      if (!this.#mayBegin()) return this.#askAgain();
      const item = this.#take();
      if (item === undefined) return;
      this.#run(item);
      if (performance.now() > until) return this.#rest();
    }
  };

  /** Undefined as long as the next one needs slots that others have. */
  #take(): T | undefined {
    const next = this.#waiting.at(0);
    if (next === undefined || !this.#isAlone(next)) return this.#waiting.shift();
    if (this.#running > 0 && !this.#hasWaited(next)) return undefined;
    this.#alone = next;
    setTimeout(() => this.release(next), this.#aloneMs).unref();
    return this.#waiting.shift();
  }

  #hasWaited(next: T): boolean {
    if (this.#next === next) return this.#isLate;
    this.#next = next;
    this.#isLate = false;
    const late = (): void => {
      if (this.#next !== next) return;
      this.#isLate = true;
      this.#fillSoon();
    };
    setTimeout(late, this.#aloneMs).unref();
    return false;
  }

  #run(item: T): void {
    // Before it begins: it may close the slots itself, and that waits for it.
    this.#running += 1;
    const end = this.#work(item);
    if (end === undefined) return this.#free();
    void end.then(this.#ended);
  }

  readonly #ended = (): void => {
    this.#free();
    if (!this.#scheduled) this.#fill();
  };

  #free(): void {
    this.#running -= 1;
    if (this.#closed && this.#running === 0) this.#emptied.resolve();
  }

  #fillSoon(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(this.#fill);
  }

  #askAgain(): void {
    this.#scheduled = true;
    setTimeout(this.#fill, askAgainMs);
  }

  #rest(): void {
    this.#scheduled = true;
    setImmediate(this.#fill);
  }
}
