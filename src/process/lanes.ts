/** Messages that may wait in one lane here; what is beyond waits in the queue. */
const mostWaiting = 100;
/** How long it waits there, in ms. */
export const parkMs = 1_000;

interface Lane {
  tail: Promise<void>;
  waiting: number;
  /** Copies that were sent back to the queue, so that later ones do not overtake them. */
  readonly parked: Set<string>;
  parkedUntil: number;
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

  /** True if this copy must wait in the queue; the caller sends it back there for `parkMs`. */
  park(key: string, copy: string): boolean {
    const lane = this.#lanes.get(key);
    if (lane === undefined) return false;
    if (lane.parkedUntil < this.#now()) lane.parked.clear();
    const comesBack = lane.parked.delete(copy);
    const overtakes = !comesBack && lane.parked.size > 0;
    if (lane.waiting < mostWaiting && !overtakes) return false;
    lane.parked.add(copy);
    // It is handed out when its delay is over; a little later at most, as others are before it.
    lane.parkedUntil = this.#now() + parkMs * 2;
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
    const lane = { tail: Promise.resolve(), waiting: 0, parked: new Set<string>(), parkedUntil: 0 };
    this.#lanes.set(key, lane);
    return lane;
  }

  #done(key: string, lane: Lane): void {
    lane.waiting -= 1;
    if (lane.waiting === 0 && lane.parkedUntil < this.#now()) this.#lanes.delete(key);
  }
}
