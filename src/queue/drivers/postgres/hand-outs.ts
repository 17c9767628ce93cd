import { shardOf } from "../../../event/shard.ts";
import { OneByOne } from "../../../lib/async/one-by-one.ts";
import { bytesOf, type Delivery, sharedShards } from "../../driver.ts";
import type { PostgresAnswers, Return } from "./answers.ts";
import type { PostgresConsumer } from "./consumer.ts";
import type { PostgresFloors } from "./floors.ts";
import { HandOutLimits } from "./hand-out-limit.ts";
import { idOf } from "./rows.ts";

/**
 * What this consumer is handed. Calls run one after the other, so that no message of a shard is still on its way to us
 * when another consumer learns that we have left the shard.
 */
export class PostgresHandOuts {
  readonly #consumer: PostgresConsumer;
  readonly #answers: PostgresAnswers;
  /** Receipts of what was handed to us and is not answered. */
  readonly #held = new Set<string>();
  /**
   * True if the server may have more in our name than we know, since an answer was lost or passed over; also before the
   * first hand-out.
   */
  #isInDoubt = true;
  #owned: readonly number[] = [];
  /** Whether the last look found something. */
  #isBusy = false;
  readonly #limits = new HandOutLimits();
  readonly #floors: PostgresFloors;
  readonly #steps = new OneByOne();

  constructor(consumer: PostgresConsumer, answers: PostgresAnswers, floors: PostgresFloors) {
    this.#consumer = consumer;
    this.#answers = answers;
    this.#floors = floors;
  }

  get ownsNothing(): boolean {
    return this.#owned.length === 0;
  }

  /** See `QueueDriver.own`. From the moment of the call, nothing of shards that are left is handed out. */
  async own(shards: readonly number[]): Promise<void> {
    const kept = this.#owned.filter((shard) => shards.includes(shard));
    this.#owned = kept;
    await this.#steps.run(async () => {
      this.#floors.keep(kept);
      await this.#endDoubt();
      await this.#consumer.takeOver(shards.filter((shard) => !kept.includes(shard)));
      if (shards.length === 0) await this.#giveUp();
      this.#owned = [...shards];
    });
  }

  take(max: number): Promise<readonly Delivery[]> {
    return this.#steps.run(async () => {
      await this.#endDoubt();
      await this.#floors.raise(this.#owned, this.#isBusy);
      this.#isInDoubt = true;
      const taken = await this.#take(max);
      this.#isBusy = taken.length > 0;
      const deliveries = taken.filter((delivery) => this.#isOwned(delivery));
      // The others are of shards that we are leaving. Nobody was handed them: they are freed before the next owner comes.
      this.#isInDoubt = deliveries.length < taken.length;
      for (const { receipt } of deliveries) this.#held.add(receipt);
      return deliveries;
    });
  }

  async #take(max: number): Promise<readonly Delivery[]> {
    const begun = performance.now();
    try {
      const taken = await this.#consumer.take(max, this.#floors.of(this.#owned), this.#limits.next);
      const bytes = taken.reduce((sum, delivery) => sum + bytesOf(delivery), 0);
      this.#limits.arrived(bytes, performance.now() - begun);
      return taken;
    } catch (error) {
      this.#limits.failed();
      throw error;
    }
  }

  /** In how many ms something falls due, if within `withinMs`; 0 if the server hands us nothing until we begin anew. */
  async dueMs(withinMs: number): Promise<number> {
    const { ms, isKnown } = await this.#consumer.due(this.#floors.of(this.#owned), withinMs);
    if (isKnown) return ms;
    this.#isInDoubt = true;
    return 0;
  }

  async ack(receipts: readonly string[]): Promise<void> {
    await this.#answers.ack(receipts);
    for (const receipt of receipts) this.#held.delete(receipt);
  }

  async giveBack(returns: readonly Return[]): Promise<void> {
    try {
      await this.#answers.giveBack(returns);
      for (const { receipt } of returns) this.#held.delete(receipt);
    } finally {
      // Also if the answer was lost. A message with a delay falls due later than now, above any floor.
      for (const { receipt, delayMs } of returns) if (delayMs <= 0) this.#floors.lower(Number(idOf(receipt)));
    }
  }

  /** The server may be another one now, which does not know what we have answered. Noted after the calls under way. */
  lost(): void {
    void this.#steps.run(async () => void (this.#isInDoubt = true));
  }

  /** Nobody answers what a lost share left here. If it is handed to us once more, it must not count as known. */
  async #giveUp(): Promise<void> {
    await this.#consumer.giveUp();
    this.#held.clear();
  }

  async #endDoubt(): Promise<void> {
    if (!this.#isInDoubt) return;
    this.#floors.keep([]);
    await this.#consumer.begin([...this.#held]);
    this.#isInDoubt = false;
  }

  #isOwned({ message }: Delivery): boolean {
    return message instanceof RangeError || this.#owned.includes(shardOf(message, sharedShards));
  }
}
