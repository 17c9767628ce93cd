import { laneful } from "../queue/driver.ts";

/** How much a lane holds here, and how long the surplus waits in the queue at least, in ms. */
interface Width {
  readonly most: number;
  readonly parkMs: number;
}

export const wide: Width = { most: laneful, parkMs: 200 };
/** For a lane whose first one has to wait for those of other lanes: all of these together must not fill the memory. */
export const narrow: Width = { most: 3, parkMs: 1_000 };

/**
 * How long the surplus waits in the queue at most, in ms: what is far behind need not come each time in vain, or the queue
 * would have more to do with what waits than with what is handled.
 */
export const mostParkMs = 10_000;

/**
 * How late a copy may come back, in ms. A queue with much to do hands out seconds after a delay is over, and whoever took
 * such a copy for gone let later ones begin before it.
 */
export const lateMs = 10_000;

/** What is in a lane. */
export interface LaneItem {
  /** Names the copy; the same when the queue hands it out again. */
  readonly copy: string;
}

/** A copy that waits in the queue. */
interface Parked {
  /** Grows by one from each to the next when they are parked; what is over leaves a gap. */
  readonly place: number;
  /** How long it waits there, and by when it is expected here. */
  readonly ms: number;
  readonly until: number;
  /** How many were over by then. */
  readonly over: number;
}

/** What becomes of an item that enters: its turn is now, it waits here, or it is to wait in the queue. */
export type Entrance = "turn" | "waits" | "parked";

/**
 * What happens one after the other, in order: the first one is under way, the others wait. A lane that is long does not
 * fill the memory and keep the others out: its surplus goes back to the queue for a while.
 */
export class Lane<T extends LaneItem> {
  readonly #lanes: Lanes<T>;
  readonly #key: string;
  #items: T[] = [];
  #width = wide;
  /** Copies that wait in the queue, in order; later ones do not overtake. */
  #parked: Map<string, Parked> | undefined;
  /** The place of the next one that is parked. */
  #nextPlace = 0;
  /** How many were the first one, and are over. */
  #over = 0;

  constructor(lanes: Lanes<T>, key: string) {
    this.#lanes = lanes;
    this.#key = key;
  }

  get first(): T | undefined {
    return this.#items[0];
  }

  /** How long to keep in the queue what was just parked, in ms. */
  parkMs({ copy }: T): number {
    return this.#parked?.get(copy)?.ms ?? this.#width.parkMs;
  }

  enter(item: T): Entrance {
    if (this.#items.length >= this.#width.most || !this.#isTurn(item.copy)) {
      this.#parked ??= new Map();
      // One that is parked once more keeps its place.
      const before = this.#parked.get(item.copy);
      const least = before === undefined ? 0 : this.#longerThan(before);
      this.#parked.set(item.copy, this.#parkedAt(before?.place ?? this.#nextPlace++, { least }));
      return "parked";
    }
    this.#parked?.delete(item.copy);
    return this.#items.push(item) === 1 ? "turn" : "waits";
  }

  /** The first one is over. Gives the next one, whose turn it is now. */
  leave(): T | undefined {
    this.#items.shift();
    this.#over += 1;
    this.#width = wide;
    if (this.#items.length === 0) this.#lanes.forget(this.#key, this.#parked?.values());
    return this.#items[0];
  }

  /** The first one may take long. Gives those who are to wait in the queue now. */
  hold(): readonly T[] {
    this.#width = narrow;
    return this.#park(narrow.most);
  }

  /** Gives all, the first one too: they are to wait in the queue. */
  clear(): readonly T[] {
    this.#width = narrow;
    return this.#park(0);
  }

  #park(left: number): readonly T[] {
    const items = this.#items.splice(left);
    if (items.length === 0) return items;
    // They came before all that is parked.
    const from = this.#firstPlace() - items.length;
    const later = this.#parked ?? [];
    this.#parked = new Map();
    for (const [at, { copy }] of items.entries())
      this.#parked.set(copy, this.#parkedAt(from + at, { first: from }));
    for (const [copy, parked] of later) this.#parked.set(copy, parked);
    return items;
  }

  /**
   * As long as the lane takes, at the fastest, for all that is parked before it: a fill each time. Those of one fill wait
   * equally long, so that they come together and in order; if each came at its own time, the lane would stand still for
   * every one that is missing.
   */
  #parkedAt(place: number, { first = this.#firstPlace(), least = 0 } = {}): Parked {
    const fills = 1 + Math.floor(place / wide.most) - Math.floor(first / wide.most);
    const ms = Math.min(mostParkMs, Math.max(this.#width.parkMs, fills * wide.parkMs, least));
    return { place, ms, until: this.#lanes.now() + ms + lateMs, over: this.#over };
  }

  /** Twice as long as before, if the first one is still the same: what it keeps waiting shall not keep the queue busy. */
  #longerThan({ ms, over }: Parked): number {
    return over === this.#over && this.#items.length > 0 ? 2 * ms : 0;
  }

  #firstPlace(): number {
    const [first] = this.#parked?.values() ?? [];
    return first?.place ?? this.#nextPlace;
  }

  /** What is parked comes back to another process. @returns whether nothing is left here */
  expectNothing(): boolean {
    this.#parked = undefined;
    return this.#items.length === 0;
  }

  /** True if nobody is still to come back who was parked before this copy. */
  #isTurn(copy: string): boolean {
    if (this.#parked === undefined) return true;
    if (!this.#parked.has(copy)) return this.#parked.size === 0;
    for (const [other, { until }] of this.#parked) {
      if (other === copy) return true;
      if (until >= this.#lanes.now()) return false;
      // The queue hands out in order; so it has lost this one, and nobody waits for it.
      this.#parked.delete(other);
    }
    return true;
  }
}

/** One lane for each state; lanes do not wait for each other. */
export class Lanes<T extends LaneItem> {
  readonly #lanes = new Map<string, Lane<T>>();
  readonly now: () => number;

  /** @param now ms, from any fixed moment on */
  constructor(now: () => number) {
    this.now = now;
  }

  /** Lanes in use. */
  get size(): number {
    return this.#lanes.size;
  }

  at(key: string): Lane<T> {
    const found = this.#lanes.get(key);
    if (found !== undefined) return found;
    const lane = new Lane(this, key);
    this.#lanes.set(key, lane);
    return lane;
  }

  /** See `Lane.hold`: all whose first one is of this kind. */
  hold(isMeant: (first: T) => boolean): readonly T[] {
    return [...this.#lanes.values()].flatMap((lane) => {
      const { first } = lane;
      return first !== undefined && isMeant(first) ? lane.hold() : [];
    });
  }

  /** Nothing comes back to these lanes: they are another process's from now on. */
  expectNothing(isMeant: (key: string) => boolean): void {
    for (const [key, lane] of this.#lanes) {
      if (isMeant(key) && lane.expectNothing()) this.#lanes.delete(key);
    }
  }

  /** Nothing is in this lane, unless something comes back by one of these times. */
  forget(key: string, parked: Iterable<{ readonly until: number }> = []): void {
    for (const { until } of parked) if (until >= this.now()) return;
    this.#lanes.delete(key);
  }
}
