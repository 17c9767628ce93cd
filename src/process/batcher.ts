import { UnderWay } from "../lib/async/under-way.ts";

/** Two, so that an engine has its next list at hand when it is done with the one before. */
const mostLists = 2;

/**
 * Gathers items and hands them over as a list, two lists at a time: what comes meanwhile goes with the next. So one
 * call serves all that are ready, the lists grow with the load, and no engine waits for us.
 */
export class Batcher<T> {
  readonly #work: (items: readonly T[]) => Promise<void>;
  readonly #underWay = new UnderWay();
  #gathered: T[] = [];
  #scheduled = false;

  /** @param work must not reject */
  constructor(work: (items: readonly T[]) => Promise<void>) {
    this.#work = work;
  }

  add(item: T): void {
    this.#gathered.push(item);
    this.#schedule();
  }

  /** Resolves when nothing is gathered or under way. */
  async idle(): Promise<void> {
    while (this.#scheduled || this.#underWay.count > 0) {
      await (this.#scheduled ? Promise.resolve() : this.#underWay.idle());
    }
  }

  #schedule(): void {
    if (this.#scheduled || this.#gathered.length === 0 || this.#underWay.count === mostLists) return;
    this.#scheduled = true;
    // Items that are added in the same turn go along.
    queueMicrotask(this.#begin);
  }

  readonly #begin = (): void => {
    this.#scheduled = false;
    // Work may add to us before it counts as under way itself.
    if (this.#underWay.count === mostLists) return;
    const items = this.#gathered;
    this.#gathered = [];
    void this.#underWay.add(this.#work(items)).then(() => this.#schedule());
  };
}
