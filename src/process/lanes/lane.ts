import { laneful } from "../../queue/driver.ts";
import { Pace } from "./pace.ts";
import { Parked, type ParkedClocks } from "./parked.ts";

/**
 * Once others found no room, a lane holds only what keeps it busy for this long, in ms: a slow state needs no more, and
 * slow states together must not fill the memory.
 */
export const stockMs = 4_000;
/** However slow a lane is, it holds the first item and the next. */
export const fewest = 2;

/** How long the next items to come back wait in the queue, at least and at most, in ms. */
export const leastParkMs = 200;
const slowParkMs = 4_000;

/** What is in a lane. */
export interface LaneItem {
  /** Names the copy; the same when the queue hands it out again. */
  readonly copy: string;
}

/** What becomes of an item that enters: it is its turn, it waits in the lane, or it must wait in the queue. */
export type Entrance = "turn" | "waits" | "parked";

/** What a lane needs from the lanes to which it belongs. */
export interface LaneOwner extends ParkedClocks {
  /** How long surplus waits in the queue at most, in ms. */
  mostParkMs(): number;
  /** Nothing is in this lane any more, and nothing is to come back to it. */
  forget(key: string): void;
}

/**
 * What happens one after the other, in order: the first one is under way, the others wait. A lane that is long does not
 * fill the memory and keep the others out: its surplus goes back to the queue for a while.
 */
export class Lane<T extends LaneItem> {
  readonly #owner: LaneOwner;
  readonly #key: string;
  readonly #pace: Pace;
  #items: T[] = [];
  /** It was found to hold too much when there was no room for others. */
  #isTrimmed = false;
  #parked: Parked | undefined;

  constructor(owner: LaneOwner, key: string) {
    this.#owner = owner;
    this.#key = key;
    this.#pace = new Pace(owner.now);
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
    return this.#parked?.msOf(copy) ?? leastParkMs;
  }

  /** The queue has what was parked. */
  kept({ copy }: T): void {
    this.#parked?.kept(copy);
  }

  enter(item: T): Entrance {
    const { copy } = item;
    if (this.#items.length >= this.#most() || this.#parked?.isTurn(copy) === false) {
      this.#parked ??= new Parked(this.#owner);
      this.#parked.add(copy, (place, first) => this.#parkMsAt(place, first));
      return "parked";
    }
    this.#parked?.delete(copy);
    if (this.#items.push(item) > 1) return "waits";
    this.#pace.begin();
    return "turn";
  }

  /** The first one is over. Returns the next one, whose turn it is now. */
  leave(): T | undefined {
    this.#items.shift();
    this.#pace.over(this.#items.length > 0);
    if (this.#items.length === 0 && this.#parked?.isExpected !== true) this.#owner.forget(this.#key);
    return this.#items[0];
  }

  /** Takes out what is too much for a lane that has become as slow as this one: it must wait in the queue. */
  trim(): readonly T[] {
    this.#isTrimmed = true;
    return this.#park(this.#most());
  }

  /** Takes out all, even the first one: they must wait in the queue, and not come back at once. */
  clear(): readonly T[] {
    this.#pace.stop();
    return this.#park(0, slowParkMs);
  }

  /** What is parked will come back to another process. Returns whether nothing is left here. */
  expectNothing(): boolean {
    this.#parked = undefined;
    return this.#items.length === 0;
  }

  /** How many it may hold; the longer it stands still, the fewer. */
  #most(): number {
    if (!this.#isTrimmed) return laneful;
    return Math.min(laneful, Math.max(fewest, Math.floor(stockMs / this.#pace.eachMs)));
  }

  #park(left: number, leastMs = 0): readonly T[] {
    const items = this.#items.splice(left);
    if (items.length === 0) return items;
    this.#parked ??= new Parked(this.#owner);
    // They came before everything that is parked already.
    this.#parked.addBefore(
      items.map(({ copy }) => copy),
      (place, first) => this.#parkMsAt(place, first, leastMs),
    );
    return items;
  }

  /**
   * A quarter of the time that the lane needs, at its fastest, for everything before it; but at least half as long as
   * the first one has taken already. All that fill the lane once come back together and in order, at the time of the
   * first of them: if each came at its own time, the lane would stand still for every one that is missing.
   */
  #parkMsAt(place: number, first: number, leastMs = 0): number {
    const most = this.#most();
    const fills = 1 + Math.floor(place / most) - Math.floor(first / most);
    const withFirstMs = fills === 1 && place !== first ? (this.#parked?.firstDueMs ?? 0) : 0;
    const fillMs = Math.min(slowParkMs, Math.max(leastParkMs, (most * this.#pace.fastestMs) / 4));
    const ownMs = Math.min(
      this.#owner.mostParkMs(),
      Math.max(leastMs, fills * fillMs, this.#pace.runningMs / 2),
    );
    // Rounded to whole ms, so that a queue that stores ranges of equal times has few of them.
    return Math.ceil(withFirstMs > 0 ? withFirstMs : ownMs);
  }
}
