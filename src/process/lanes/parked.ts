/**
 * How late a copy may come back, in ms in which the queue answers. A busy queue may hand out a copy seconds after its
 * delay is over; if it were taken for gone by then, later ones would begin before it.
 */
export const lateMs = 10_000;

/** Both in ms, from any fixed moment on. */
export interface ParkedClocks {
  readonly now: () => number;
  /** Passes only while the queue answers: else nothing can come back. See `AnsweredTime`. */
  readonly answered: () => number;
}

/** A copy that waits in the queue. */
interface Wait {
  readonly copy: string;
  /** Grows by one with each copy that is parked; copies that are over leave gaps. */
  readonly place: number;
  /** How long it waits there, and when that is over. */
  readonly ms: number;
  readonly dueAt: number;
  /** By when it is expected here, by the clock of the answers; infinite until the queue has it. */
  readonly until: number;
}

/** How long a copy is to wait, in ms, by its place and that of the first one. */
type MsAt = (place: number, first: number) => number;

/** The copies of a lane that wait in the queue, in order; later ones do not overtake. */
export class Parked {
  readonly #clocks: ParkedClocks;
  #waits = new Map<string, Wait>();
  /** Steps from one to the next. A new iterator each time would pass over all that have come back before. */
  #order = this.#waits.keys();
  #firstCopy: string | undefined;
  /** The place of the next one that is parked. */
  #nextPlace = 0;

  constructor(clocks: ParkedClocks) {
    this.#clocks = clocks;
  }

  get size(): number {
    return this.#waits.size;
  }

  /** Whether one of them is still to come back. */
  get isExpected(): boolean {
    return this.#waits.values().some(({ until }) => until >= this.#clocks.answered());
  }

  /** When the first one is to come, in ms from now; 0 if there is none. */
  get firstDueMs(): number {
    const first = this.#first();
    return first === undefined ? 0 : first.dueAt - this.#clocks.now();
  }

  /** How long this copy waits in the queue, in ms; undefined if it does not. */
  msOf(copy: string): number | undefined {
    return this.#waits.get(copy)?.ms;
  }

  /** Parks a copy behind all others; one that is parked again keeps its place. */
  add(copy: string, msAt: MsAt): void {
    const first = this.#firstPlace();
    const place = this.#waits.get(copy)?.place ?? this.#nextPlace++;
    this.#waits.set(copy, this.#wait(copy, place, msAt(place, first)));
  }

  /** Parks copies in this order, before all others. */
  addBefore(copies: readonly string[], msAt: MsAt): void {
    const first = this.#firstPlace() - copies.length;
    const later = this.#waits;
    this.#waits = new Map();
    this.#order = this.#waits.keys();
    this.#firstCopy = undefined;
    for (const [at, copy] of copies.entries())
      this.#waits.set(copy, this.#wait(copy, first + at, msAt(first + at, first)));
    for (const [copy, wait] of later) this.#waits.set(copy, wait);
  }

  /** The queue has this copy from now on. */
  kept(copy: string): void {
    const wait = this.#waits.get(copy);
    if (wait === undefined) return;
    const until = this.#clocks.answered() + wait.ms + lateMs;
    this.#waits.set(copy, { ...wait, dueAt: this.#clocks.now() + wait.ms, until });
  }

  /** True if no copy that was parked before this one is still to come back. */
  isTurn(copy: string): boolean {
    // One that has not waited there tells nothing of those that have: the queue may hand it out before them.
    if (!this.#waits.has(copy)) return this.#waits.size === 0;
    for (let first = this.#first(); first !== undefined && first.copy !== copy; first = this.#first()) {
      if (first.until >= this.#clocks.answered()) return false;
      // The queue hands out in order, so it has lost this one, and nothing waits for it any longer.
      this.delete(first.copy);
    }
    return true;
  }

  /** It is its turn, so it is the first one, or none waits. */
  delete(copy: string): void {
    this.#waits.delete(copy);
    this.#firstCopy = undefined;
  }

  #first(): Wait | undefined {
    if (this.#waits.size === 0) return undefined;
    this.#firstCopy ??= this.#order.next().value;
    return this.#firstCopy === undefined ? undefined : this.#waits.get(this.#firstCopy);
  }

  /** Place of the first one; if there is none, that of the next one to be parked. */
  #firstPlace(): number {
    return this.#first()?.place ?? this.#nextPlace;
  }

  #wait(copy: string, place: number, ms: number): Wait {
    return { copy, place, ms, dueAt: this.#clocks.now() + ms, until: Infinity };
  }
}
