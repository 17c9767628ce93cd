import type { NatsShard } from "../topology/shard.ts";

/**
 * Takes over from ourselves what was handed to us but did not arrive: it would only come when its lease ends, behind
 * newer messages. The server that has it may be silent for long, so the other shards go on meanwhile.
 */
export class NatsRegain {
  readonly #take: (shard: NatsShard) => Promise<void>;
  readonly #running = new Map<NatsShard, Promise<void>>();
  #trouble: unknown;

  /** @param take takes over a shard; resolves when nothing of it is missing any more */
  constructor(take: (shard: NatsShard) => Promise<void>) {
    this.#take = take;
  }

  /**
   * Begins with all lost shards; what fails is begun anew the next time.
   *
   * @param options `mustWait`: there is nothing else to do meanwhile
   * @throws what went wrong since the last time
   */
  async begin(lost: readonly NatsShard[], { mustWait }: { readonly mustWait: boolean }): Promise<void> {
    for (const shard of lost) if (!this.#running.has(shard)) this.#running.set(shard, this.#try(shard));
    if (mustWait) await Promise.all(this.#running.values());
    const trouble = this.#trouble;
    this.#trouble = undefined;
    if (trouble !== undefined) throw trouble;
  }

  async #try(shard: NatsShard): Promise<void> {
    try {
      await this.#take(shard);
    } catch (error) {
      this.#trouble = error;
    }
    this.#running.delete(shard);
  }
}
