import { inPlace } from "../attempts/attempts.ts";
import type { Held } from "../answer/held.ts";
import type { Arrival } from "../message.ts";
import type { NatsShard } from "../topology/shard.ts";

export interface Pulled extends Arrival {
  readonly shard: NatsShard;
  /** As in the session in which it was asked for; 0 if that is not known. */
  readonly reached: number;
}

/** What is needed to answer a message. */
export type Answerable = Pick<Held, "reply" | "order">;

/** Messages that came but cannot be handed on yet, since the book that knows their attempts did not answer. */
export class NatsDeferred {
  #all: readonly Pulled[] = [];

  get all(): readonly Answerable[] {
    return this.#all.map(answerableOf);
  }

  /** Takes out those that match. */
  remove(isWanted: (pulled: Pick<Pulled, "shard">) => boolean = () => true): readonly Pulled[] {
    const removed = this.#all.filter(isWanted);
    this.#all = this.#all.filter((one) => !removed.includes(one));
    return removed;
  }

  /** Puts these before all that is here. */
  putBack(some: readonly Pulled[]): void {
    this.#all = [...some, ...this.#all];
  }
}

export const answerableOf = ({ reply, place }: Arrival): Answerable => ({ reply, order: inPlace(place) });
