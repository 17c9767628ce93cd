import type { Delivery } from "../../driver.ts";
import type { Order, Place } from "./attempts.ts";
import type { NoteNumber } from "./book.ts";
import type { NatsShard } from "./shard.ts";

/** A message that this process has, and where to answer it. */
export interface Held {
  readonly shard: NatsShard;
  readonly place: Place;
  readonly reply: string;
  readonly delivery: Delivery;
  readonly order: Order;
  /** What the book has of it. */
  readonly note: NoteNumber;
}

/** The same for each hand-out of a message to this process. */
export const receiptOf = ({ place }: Pick<Held, "place">): string => `${place.sequence}.${place.storedAt}`;

/** In the order in which they are handed out. */
export const inOrder = <T extends Pick<Held, "order">>(held: readonly T[]): readonly T[] =>
  held.toSorted(({ order: a }, { order: b }) => a.after - b.after || a.turn - b.turn);

interface Kept {
  readonly held: Held;
  /** On the clock of this process, in ms. */
  readonly readyAt: number;
  /** True if its lease began some time ago, and not just now. */
  isOld: boolean;
}

/** Messages that are leased to this process and not handed on yet, in their order. */
export class NatsBuffer {
  readonly #mayGo: (held: Held) => boolean;
  readonly #kept = new Map<string, Kept>();

  /** @param mayGo false while others are to be handed on before it, which are not here yet */
  constructor(mayGo: (held: Held) => boolean) {
    this.#mayGo = mayGo;
  }

  /** One that was just fetched, and has a whole lease. */
  add(held: Held): void {
    this.#kept.set(receiptOf(held), { held, readyAt: performance.now(), isOld: false });
  }

  /** One that was here for a while, and is to stay for so many ms. */
  addAgain(held: Held, delayMs = 0): void {
    this.#kept.set(receiptOf(held), { held, readyAt: performance.now() + delayMs, isOld: true });
  }

  has(receipt: string): boolean {
    return this.#kept.has(receipt);
  }

  /** How many are ready. */
  ready(): number {
    return this.#ready().length;
  }

  /** In how many ms one more is ready; endless if there is none. */
  nextMs(): number {
    const going = [...this.#kept.values()].filter(({ held }) => this.#mayGo(held));
    return Math.max(0, Math.min(...going.map(({ readyAt }) => readyAt)) - performance.now());
  }

  /**
   * The first that are ready.
   *
   * @param renew begins a whole lease for those that have waited here
   */
  take(max: number, renew: (old: readonly Held[]) => void): readonly Held[] {
    const taken = inOrder(this.#ready()).slice(0, max);
    renew(taken.filter((held) => this.#kept.get(receiptOf(held))?.isOld === true));
    for (const held of taken) this.#kept.delete(receiptOf(held));
    for (const left of this.#kept.values()) left.isOld = true;
    return taken;
  }

  /** Those that match, which are no longer here. */
  remove(isWanted: (held: Held) => boolean = () => true): readonly Held[] {
    const wanted = this.all().filter(isWanted);
    for (const held of wanted) this.#kept.delete(receiptOf(held));
    return inOrder(wanted);
  }

  all(): readonly Held[] {
    return Array.from(this.#kept.values(), ({ held }) => held);
  }

  #ready(): readonly Held[] {
    if (this.#kept.size === 0) return [];
    const now = performance.now();
    return [...this.#kept.values()]
      .filter(({ held, readyAt }) => readyAt <= now && this.#mayGo(held))
      .map(({ held }) => held);
  }
}
