/**
 * Takes shards over from their last owners. A busy cluster may be too slow for all of them in one call: what has been
 * taken over by then stays so, and the next call has only the rest to wait for.
 */
export class NatsGains {
  readonly #takeOver: (shard: number) => Promise<unknown>;
  #wanted: readonly number[] = [];
  /** Those of the wanted ones that are taken over, or about to be. */
  readonly #gained = new Map<number, Promise<unknown>>();

  constructor(takeOver: (shard: number) => Promise<unknown>) {
    this.#takeOver = takeOver;
  }

  /** Only these shards are wanted now: others are another's from here on, until they are taken over again. */
  want(shards: readonly number[]): void {
    this.#wanted = shards;
    for (const shard of this.#gained.keys()) if (!shards.includes(shard)) this.#gained.delete(shard);
  }

  /**
   * Resolves when all that is wanted now is taken over; what failed is tried anew by the next call. A call that comes
   * late, of somebody who wanted others, takes none of those.
   */
  async take(): Promise<void> {
    await Promise.all(this.#wanted.map((shard) => this.#gained.get(shard) ?? this.#begin(shard)));
  }

  #begin(shard: number): Promise<unknown> {
    const taking = this.#takeOver(shard);
    this.#gained.set(shard, taking);
    taking.catch(() => {
      if (this.#gained.get(shard) === taking) this.#gained.delete(shard);
    });
    return taking;
  }
}
