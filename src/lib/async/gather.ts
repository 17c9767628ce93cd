export interface GatherOptions {
  /** Calls under way at once; two, so that an engine has its next list at hand when it is done with one. */
  readonly calls?: number;
  /** Most items of a call, but one asker's are never split. Default: any number. */
  readonly items?: number;
}

interface Part<T, R> {
  readonly items: readonly T[];
  readonly done: PromiseWithResolvers<readonly R[]>;
}

/**
 * Makes one call of many that are asked for at the same time, and gives each asker the results of its own items. What is
 * asked for while two calls are under way goes with the next, so the lists grow with the load.
 */
export class Gather<T, R> {
  readonly #call: (items: readonly T[]) => Promise<readonly R[]>;
  readonly #mostCalls: number;
  readonly #mostItems: number;
  #parts: Part<T, R>[] = [];
  #underWay = 0;
  #scheduled = false;

  /** @param call gives a result for each item, in their order */
  constructor(
    call: (items: readonly T[]) => Promise<readonly R[]>,
    { calls = 2, items = Number.POSITIVE_INFINITY }: GatherOptions = {},
  ) {
    this.#call = call;
    this.#mostCalls = calls;
    this.#mostItems = items;
  }

  ask(items: readonly T[]): Promise<readonly R[]> {
    const done = Promise.withResolvers<readonly R[]>();
    this.#parts.push({ items, done });
    this.#schedule();
    return done.promise;
  }

  /** Rejects what no call has begun with. */
  refuse(reason: unknown): void {
    for (const { done } of this.#parts.splice(0)) done.reject(reason);
  }

  #schedule(): void {
    if (this.#scheduled || this.#parts.length === 0 || this.#underWay === this.#mostCalls) return;
    this.#scheduled = true;
    // What is asked for in the same turn goes along.
    setImmediate(() => {
      this.#scheduled = false;
      void this.#work();
    });
  }

  async #work(): Promise<void> {
    const parts = this.#next();
    if (parts.length === 0) return;
    this.#underWay += 1;
    this.#schedule();
    try {
      const results = await this.#call(parts.flatMap(({ items }) => items));
      let at = 0;
      for (const { items, done } of parts) {
        done.resolve(results.slice(at, at + items.length));
        at += items.length;
      }
    } catch (error) {
      for (const { done } of parts) done.reject(error);
    } finally {
      this.#underWay -= 1;
      this.#schedule();
    }
  }

  /** The oldest that fit into a call; one at least. */
  #next(): readonly Part<T, R>[] {
    let items = 0;
    const fit = this.#parts.findIndex((part, index) => {
      items += part.items.length;
      return index > 0 && items > this.#mostItems;
    });
    return this.#parts.splice(0, fit < 0 ? this.#parts.length : fit);
  }
}
