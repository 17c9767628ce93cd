import type { Delivery } from "../../driver.ts";
import type { Place } from "./attempts.ts";
import type { NatsShard } from "./shard.ts";

/** A message that this process has, and where to answer it. */
export interface Held {
  readonly shard: NatsShard;
  readonly place: Place;
  readonly reply: string;
  readonly delivery: Delivery;
  /** True if the book may know it. */
  readonly isNoted: boolean;
}

/** The same for each hand-out of a message to this process. */
export const receiptOf = ({ place }: Pick<Held, "place">): string => `${place.sequence}.${place.storedAt}`;

export const inOrder = (held: readonly Held[]): readonly Held[] =>
  held.toSorted((a, b) => a.place.sequence - b.place.sequence);

interface Kept {
  readonly held: Held;
  /** On the clock of this process, in ms. */
  readonly readyAt: number;
}

/** Messages that are leased to this process and not handed on yet, in the order of sending. */
export class NatsBuffer {
  readonly #kept = new Map<string, Kept>();

  add(held: Held, delayMs = 0): void {
    this.#kept.set(receiptOf(held), { held, readyAt: performance.now() + delayMs });
  }

  ready(): number {
    const now = performance.now();
    return [...this.#kept.values()].filter(({ readyAt }) => readyAt <= now).length;
  }

  /** In how many ms one more is ready; endless if there is none. */
  nextMs(): number {
    const times = Array.from(this.#kept.values(), ({ readyAt }) => readyAt);
    return Math.max(0, Math.min(...times) - performance.now());
  }

  /** The oldest that are ready. */
  take(max: number): readonly Held[] {
    if (this.#kept.size === 0) return [];
    const now = performance.now();
    const ready = [...this.#kept.values()].filter(({ readyAt }) => readyAt <= now);
    const taken = inOrder(ready.map(({ held }) => held)).slice(0, max);
    for (const held of taken) this.#kept.delete(receiptOf(held));
    return taken;
  }

  /** Those that match, which are no longer here. */
  remove(isWanted: (held: Held) => boolean = () => true): readonly Held[] {
    const wanted = [...this.#kept.values()].map(({ held }) => held).filter(isWanted);
    for (const held of wanted) this.#kept.delete(receiptOf(held));
    return inOrder(wanted);
  }

  all(): readonly Held[] {
    return Array.from(this.#kept.values(), ({ held }) => held);
  }
}
