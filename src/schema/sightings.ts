import type { Seen } from "./drift-report.ts";

/** How many different things are listed. */
const mostListed = 100;

/** Counts what is seen by what it is. Of so many different ones that they could fill the memory, only the number is kept. */
export class Sightings<T> {
  readonly #listed = new Map<string, { readonly what: T; readonly firstSeenAt: string; count: number }>();
  #others = 0;

  /**
   * @param key of what is the same
   * @param at ms since 1970
   * @returns true at the first sight of something that is listed
   */
  add(key: string, what: T, at: number): boolean {
    const known = this.#listed.get(key);
    if (known !== undefined) known.count += 1;
    else if (this.#listed.size >= mostListed) this.#others += 1;
    else this.#listed.set(key, { what, firstSeenAt: new Date(at).toISOString(), count: 1 });
    return known === undefined && this.#listed.has(key);
  }

  /** What was seen first comes first. */
  get listed(): readonly (T & Seen)[] {
    return Array.from(this.#listed.values(), ({ what, ...seen }) => ({ ...what, ...seen }));
  }

  /** How often something was seen that is not listed. */
  get others(): number {
    return this.#others;
  }
}
