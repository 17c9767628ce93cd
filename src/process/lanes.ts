/** Messages that may wait in one lane here; what is beyond waits in the queue. */
export const mostWaiting = 400;
/** How long it waits there, in ms. */
export const parkMs = 200;

interface Lane {
  tail: Promise<void>;
  waiting: number;
  /** Copies that were sent back to the queue, in order, and by when each is expected; later ones do not overtake. */
  readonly parked: Map<string, number>;
}

/**
 * One lane for each state: what is in a lane happens one after the other, in order; lanes do not wait for each other.
 * A lane that is long does not fill the memory and keep the others out: its surplus goes back to the queue for a while.
 */
export class Lanes {
  readonly #lanes = new Map<string, Lane>();
  readonly #now: () => number;

  /** @param now ms, from any fixed moment on */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Lanes in use. */
  get size(): number {
    return this.#lanes.size;
  }

  /** True if this copy must wait in the queue; the caller sends it back there for `parkMs`. */
  park(key: string, copy: string): boolean {
    const lane = this.#lanes.get(key);
    if (lane === undefined) return false;
    if (lane.waiting < mostWaiting && this.#isTurn(lane, copy)) {
      lane.parked.delete(copy);
      return false;
    }
    // It is handed out when its delay is over; a little later at most, as others are before it. One that is parked once
    // more keeps its place.
    lane.parked.set(copy, this.#now() + parkMs * 2);
    return true;
  }

  /** Runs `work` when everything that was in the lane before is over. `work` must not reject. */
  run(key: string, work: () => Promise<void>): Promise<void> {
    const lane = this.#lanes.get(key) ?? this.#open(key);
    lane.waiting += 1;
    lane.tail = lane.waiting === 1 ? work() : lane.tail.then(work);
    lane.tail = lane.tail.then(() => this.#done(key, lane));
    return lane.tail;
  }

  #open(key: string): Lane {
    const lane = { tail: Promise.resolve(), waiting: 0, parked: new Map<string, number>() };
    this.#lanes.set(key, lane);
    return lane;
  }

  /** True if nobody is still to come back who was parked before this copy. */
  #isTurn(lane: Lane, copy: string): boolean {
    if (!lane.parked.has(copy)) return lane.parked.size === 0;
    for (const [other, until] of lane.parked) {
      if (other === copy) return true;
      if (until >= this.#now()) return false;
      // The queue hands out in order; so this one was handed to another process, and nobody waits for it.
      lane.parked.delete(other);
    }
    return true;
  }

  #done(key: string, lane: Lane): void {
    lane.waiting -= 1;
    if (lane.waiting > 0) return;
    if ([...lane.parked.values()].every((until) => until < this.#now())) this.#lanes.delete(key);
  }
}
