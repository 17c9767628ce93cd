import { laneful } from "../queue/driver.ts";
import { Pace } from "./pace.ts";

/**
 * What a lane holds keeps it busy for so long, in ms, once there was no room for others: a slow state needs no more, and
 * all that are slow shall not fill the memory.
 */
export const stockMs = 4_000;
/** However slow it is, it holds the first one and the next. */
export const fewest = 2;

/** How long the surplus of the next fill waits in the queue, at least and at most, in ms. */
export const leastParkMs = 200;
export const slowParkMs = 4_000;
/**
 * How long all other surplus waits at most, in ms, unless more than so many would come back each ms: what comes in vain
 * shall not give the queue more to do than what is handled.
 */
export const farParkMs = 10_000;
export const mostBack = 1;
/** How often all surplus is counted, in ms. */
const countMs = 1_000;

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
  readonly #pace: Pace;
  #items: T[] = [];
  /** It had too many, when there was no room for others. */
  #isTrimmed = false;
  /** Copies that wait in the queue, in order; later ones do not overtake. */
  #parked: Map<string, Parked> | undefined;
  /** The place of the next one that is parked. */
  #nextPlace = 0;

  constructor(lanes: Lanes<T>, key: string) {
    this.#lanes = lanes;
    this.#key = key;
    this.#pace = new Pace(lanes.now);
  }

  get first(): T | undefined {
    return this.#items[0];
  }

  /** How many wait in the queue. */
  get parked(): number {
    return this.#parked?.size ?? 0;
  }

  /** How long to keep in the queue what was just parked, in ms. */
  parkMs({ copy }: T): number {
    return this.#parked?.get(copy)?.ms ?? leastParkMs;
  }

  enter(item: T): Entrance {
    if (!this.#hasPlace() || !this.#isTurn(item.copy)) {
      this.#parked ??= new Map();
      const first = this.#firstPlace();
      // One that is parked once more keeps its place.
      const place = this.#parked.get(item.copy)?.place ?? this.#nextPlace++;
      this.#parked.set(item.copy, this.#parkedAt(place, first));
      return "parked";
    }
    this.#parked?.delete(item.copy);
    if (this.#items.push(item) > 1) return "waits";
    this.#pace.begin();
    return "turn";
  }

  /** The first one is over. Gives the next one, whose turn it is now. */
  leave(): T | undefined {
    this.#items.shift();
    this.#pace.over(this.#items.length > 0);
    if (this.#items.length === 0) this.#lanes.forget(this.#key, this.#parked?.values());
    return this.#items[0];
  }

  /** Gives those who are too many for a lane that is as slow as this one has become: they are to wait in the queue. */
  trim(): readonly T[] {
    this.#isTrimmed = true;
    return this.#park(this.#most());
  }

  /** Gives all, the first one too: they are to wait in the queue, and not come back at once. */
  clear(): readonly T[] {
    this.#pace.stop();
    return this.#park(0, slowParkMs);
  }

  #hasPlace(): boolean {
    const { length } = this.#items;
    return length < fewest || length < this.#most();
  }

  /** So many it holds at most; ever fewer if it stands still. */
  #most(): number {
    if (!this.#isTrimmed) return laneful;
    return Math.min(laneful, Math.max(fewest, Math.floor(stockMs / this.#pace.eachMs)));
  }

  #park(left: number, leastMs = 0): readonly T[] {
    const items = this.#items.splice(left);
    if (items.length === 0) return items;
    // They came before all that is parked.
    const from = this.#firstPlace() - items.length;
    const later = this.#parked ?? [];
    this.#parked = new Map();
    for (const [at, { copy }] of items.entries())
      this.#parked.set(copy, this.#parkedAt(from + at, from, leastMs));
    for (const [copy, parked] of later) this.#parked.set(copy, parked);
    return items;
  }

  /**
   * For a quarter of the time that the lane takes, at its fastest, for all before it; and half as long as the first one has
   * taken already. What is one fill of the lane comes together and in order, at the time of the first of them; if each came
   * at its own time, the lane would stand still for every one that is missing.
   */
  #parkedAt(place: number, first: number, leastMs = 0): Parked {
    const most = this.#most();
    const fills = 1 + Math.floor(place / most) - Math.floor(first / most);
    const withFirstMs = fills === 1 && place !== first ? this.#firstDueMs() : 0;
    const fillMs = Math.min(slowParkMs, Math.max(leastParkMs, (most * this.#pace.fastestMs) / 4));
    const ownMs = Math.min(
      this.#lanes.mostParkMs(),
      Math.max(leastMs, fills * fillMs, this.#pace.runningMs / 2),
    );
    // Whole ones, so that a queue that writes down ranges of equal times has few of them.
    const ms = Math.ceil(withFirstMs > 0 ? withFirstMs : ownMs);
    return { place, ms, until: this.#lanes.now() + ms + lateMs };
  }

  /** When the first one that is parked is to come, in ms from now. */
  #firstDueMs(): number {
    const first = this.#firstParked;
    return first === undefined ? 0 : first.until - lateMs - this.#lanes.now();
  }

  #firstPlace(): number {
    return this.#firstParked?.place ?? this.#nextPlace;
  }

  get #firstParked(): Parked | undefined {
    return this.#parked?.values().next().value;
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
  #mostParkMs = farParkMs;
  #countedAt = -Infinity;

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

  /** See `Lane.trim`: all whose first one is of this kind. */
  trim(isMeant: (first: T) => boolean): readonly T[] {
    return [...this.#lanes.values()].flatMap((lane) =>
      lane.first !== undefined && isMeant(lane.first) ? lane.trim() : [],
    );
  }

  /** How long the surplus waits in the queue at most, in ms. */
  mostParkMs(): number {
    if (this.now() - this.#countedAt >= countMs) {
      this.#countedAt = this.now();
      let parked = 0;
      for (const lane of this.#lanes.values()) parked += lane.parked;
      this.#mostParkMs = Math.max(farParkMs, parked / mostBack);
    }
    return this.#mostParkMs;
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
