/**
 * Gathers items and hands them over as a list, one list at a time: what comes meanwhile goes with the next. So a stage
 * pays for a call once for all that are ready, and the lists grow with the load.
 */
export class Batcher<T> {
  readonly #work: (items: readonly T[]) => Promise<void>;
  #gathered: T[] = [];
  #working: Promise<void> | undefined;

  /** @param work must not reject */
  constructor(work: (items: readonly T[]) => Promise<void>) {
    this.#work = work;
  }

  add(item: T): void {
    this.#gathered.push(item);
    this.#working ??= this.#run();
  }

  /** Resolves when nothing is gathered or under way. */
  async idle(): Promise<void> {
    while (this.#working !== undefined) await this.#working;
  }

  async #run(): Promise<void> {
    // Those that are added in the same breath go along.
    await Promise.resolve();
    while (this.#gathered.length > 0) {
      const items = this.#gathered;
      this.#gathered = [];
      await this.#work(items);
    }
    this.#working = undefined;
  }
}
