import { Lane, type LaneItem, type LaneOwner } from "./lane.ts";

/**
 * How long surplus waits in the queue at most, in ms, unless so much of it waits that more than `mostBack` would come
 * back.
 */
export const farParkMs = 10_000;
/**
 * How much surplus may come back in each ms: items that come in vain must not cost the queue more than those that are
 * handled.
 */
export const mostBack = 1;
/** How often all surplus is counted, in ms. */
const countMs = 1_000;

/** One lane for each state; lanes do not wait for each other. */
export class Lanes<T extends LaneItem> implements LaneOwner {
  readonly #lanes = new Map<string, Lane<T>>();
  readonly now: () => number;
  readonly answered: () => number;
  #mostParkMs = farParkMs;
  #countedAt = -Infinity;

  /**
   * @param now ms, from any fixed moment on; not the clock of the machine: if that were set back, what is parked would
   *   seem to be missing for as long
   * @param answered the same, but it stands still while the queue is away
   */
  constructor(now: () => number, answered: () => number) {
    this.now = now;
    this.answered = answered;
  }

  /** Lanes in use. */
  get size(): number {
    return this.#lanes.size;
  }

  at(key: string): Lane<T> {
    const found = this.#lanes.get(key);
    if (found !== undefined) return found;
    const lane = new Lane<T>(this, key);
    this.#lanes.set(key, lane);
    return lane;
  }

  /** Trims all lanes whose first item is of this kind, see `Lane.trim`. */
  trim(isMeant: (first: T) => boolean): readonly T[] {
    return [...this.#lanes.values()].flatMap((lane) =>
      lane.first !== undefined && isMeant(lane.first) ? lane.trim() : [],
    );
  }

  mostParkMs(): number {
    if (this.now() - this.#countedAt >= countMs) {
      this.#countedAt = this.now();
      let parked = 0;
      for (const lane of this.#lanes.values()) parked += lane.parked;
      this.#mostParkMs = Math.max(farParkMs, parked / mostBack);
    }
    return this.#mostParkMs;
  }

  /** Nothing will come back to these lanes: from now on they are another process's. */
  expectNothing(isMeant: (key: string) => boolean): void {
    for (const [key, lane] of this.#lanes) {
      if (isMeant(key) && lane.expectNothing()) this.#lanes.delete(key);
    }
  }

  forget(key: string): void {
    this.#lanes.delete(key);
  }
}
