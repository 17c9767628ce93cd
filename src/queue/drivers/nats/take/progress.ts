import type { NatsShard } from "../topology/shard.ts";

interface Reached {
  readonly consumer: string;
  /** The highest sequence number that it has handed to us. */
  sequence: number;
  /** True once it had nothing more for us. */
  isEmptied: boolean;
  /** Since when it is asked, on the clock of this process, in ms. */
  readonly since: number;
}

/** What waits on the server comes before all that is new, so that it must come seldom; in ms. */
const leastBehindMs = 1_000;

/** How far the consumers that this process asks have come; each hands out new messages in order of their sequence. */
export class NatsProgress {
  readonly #reached = new Map<number, Reached>();

  /** Called before a consumer is asked; at the first time its progress begins. */
  asks(shard: NatsShard): void {
    if (this.#of(shard) !== undefined) return;
    const { index, consumer } = shard;
    this.#reached.set(index, { consumer, sequence: 0, isEmptied: false, since: performance.now() });
  }

  /** This message was handed to us for the first time. */
  saw(shard: NatsShard, sequence: number): void {
    const reached = this.#of(shard);
    if (reached !== undefined) reached.sequence = Math.max(reached.sequence, sequence);
  }

  emptied(shard: NatsShard): void {
    const reached = this.#of(shard);
    if (reached !== undefined) reached.isEmptied = true;
  }

  /** Up to which sequence number messages were handed out, to us and to all owners before us. */
  handedOut(shard: NatsShard): number {
    return Math.max(this.#of(shard)?.sequence ?? 0, ...shard.takeovers);
  }

  /** True if nothing up to this number is still to come; that also holds for a consumer that nobody asks any more. */
  isPast(shard: NatsShard, sequence: number): boolean {
    const reached = this.#of(shard);
    return reached === undefined || reached.isEmptied || reached.sequence >= sequence;
  }

  /**
   * How long what comes behind all that was handed out before may stay away, in ms; 0 once all of that has come. Until
   * then it grows with the time that this takes, so that at most a third of what is handed out comes in vain.
   */
  behindMs(shard: NatsShard): number {
    const reached = this.#of(shard);
    if (reached === undefined || this.isPast(shard, this.handedOut(shard))) return 0;
    return leastBehindMs + 2 * (performance.now() - reached.since);
  }

  #of({ index, consumer }: NatsShard): Reached | undefined {
    const reached = this.#reached.get(index);
    return reached?.consumer === consumer ? reached : undefined;
  }
}
