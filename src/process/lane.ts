import { laneful } from "../queue/driver.ts";
import { Pace } from "./pace.ts";
import { Parked } from "./parked.ts";

/**
 * What a lane holds keeps it busy for so long, in ms, once there was no room for others: a slow state needs no more, and
 * all that are slow shall not fill the memory.
 */
export const stockMs = 4_000;
/** However slow it is, it holds the first one and the next. */
export const fewest = 2;

/** How long the surplus of the next fill waits in the queue, at least and at most, in ms. */
export const leastParkMs = 200;
const slowParkMs = 4_000;

/** What is in a lane. */
export interface LaneItem {
  /** Names the copy; the same when the queue hands it out again. */
  readonly copy: string;
}

/** What becomes of an item that enters: its turn is now, it waits here, or it is to wait in the queue. */
export type Entrance = "turn" | "waits" | "parked";

/** Where a lane is one of many. */
export interface LaneOwner {
  /** ms, from any fixed moment on. */
  readonly now: () => number;
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
  /** It had too many, when there was no room for others. */
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

  enter(item: T): Entrance {
    const { copy } = item;
    if (!this.#hasPlace() || this.#parked?.isTurn(copy) === false) {
      this.#parked ??= new Parked(this.#owner.now);
      this.#parked.add(copy, (place, first) => this.#parkMsAt(place, first));
      return "parked";
    }
    this.#parked?.delete(copy);
    if (this.#items.push(item) > 1) return "waits";
    this.#pace.begin();
    return "turn";
  }

  /** The first one is over. Gives the next one, whose turn it is now. */
  leave(): T | undefined {
    this.#items.shift();
    this.#pace.over(this.#items.length > 0);
    if (this.#items.length === 0 && this.#parked?.isExpected !== true) this.#owner.forget(this.#key);
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

  /** What is parked comes back to another process. @returns whether nothing is left here */
  expectNothing(): boolean {
    this.#parked = undefined;
    return this.#items.length === 0;
  }

  #hasPlace(): boolean {
    return this.#items.length < this.#most();
  }

  /** So many it holds at most; ever fewer if it stands still. */
  #most(): number {
    if (!this.#isTrimmed) return laneful;
    return Math.min(laneful, Math.max(fewest, Math.floor(stockMs / this.#pace.eachMs)));
  }

  #park(left: number, leastMs = 0): readonly T[] {
    const items = this.#items.splice(left);
    if (items.length === 0) return items;
    this.#parked ??= new Parked(this.#owner.now);
    // They came before all that is parked.
    this.#parked.addBefore(
      items.map(({ copy }) => copy),
      (place, first) => this.#parkMsAt(place, first, leastMs),
    );
    return items;
  }

  /**
   * For a quarter of the time that the lane takes, at its fastest, for all before it; and half as long as the first one has
   * taken already. What is one fill of the lane comes together and in order, at the time of the first of them; if each came
   * at its own time, the lane would stand still for every one that is missing.
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
    // Whole ones, so that a queue that writes down ranges of equal times has few of them.
    return Math.ceil(withFirstMs > 0 ? withFirstMs : ownMs);
  }
}
