import { allShards, type Delivery, type RetryOptions } from "../../driver.ts";
import { acknowledge, extendLeases, type RedisConsumer, retryLater } from "./answers.ts";
import type { RedisClient } from "./connection/client.ts";
import { giveBackScript, takeOverScript } from "./scripts/handover-scripts.ts";
import { messageOf } from "./message.ts";
import { channelOf, keysOf, partsOf, receiptOf } from "./names.ts";
import { mostAtOnce, runScript } from "./scripts/script.ts";
import { takeScript } from "./scripts/take.ts";
import { TimedQuestions } from "./scripts/timed-questions.ts";

/** `at` is the place of its shard among those that were asked. */
type TakenEntry = readonly [at: number, id: Buffer, attempt: number, fields: readonly Buffer[]];

/** The type byte of binary texts in the protocol (`RESP_TYPES.BLOB_STRING`): a body is not a text. */
const asBytes = { typeMapping: { 36: Buffer } } as const;

/** What one consumer does with the messages of its shards. */
export class RedisShards {
  readonly #consumer: RedisConsumer;
  readonly #deleted: () => void;
  #questions = new TimedQuestions();
  /** Receipts of what was handed out to this consumer and not answered. */
  readonly #held = new Set<string>();
  /** Handed out to this consumer, but not returned by a call yet. */
  #kept: readonly Delivery[] = [];
  #owned: readonly number[] = [];
  /** Shards that were left, of which the server does not know it yet. */
  readonly #left = new Set<number>();
  #turn = 0;
  #hasTaken = false;

  /** @param deleted called when a hand-out misses what somebody else must have deleted */
  constructor(consumer: RedisConsumer, deleted: () => void) {
    this.#consumer = consumer;
    this.#deleted = deleted;
  }

  get ownsNothing(): boolean {
    return this.#owned.length === 0;
  }

  /** Called on a new connection: frees what was handed out in answers that were lost. */
  async open(client: RedisClient): Promise<void> {
    this.#questions = new TimedQuestions();
    await this.#giveBack(client, allShards, [...this.#held]);
  }

  /**
   * From now on, only shards that were owned before and are among these are handed out.
   *
   * @returns shards of which the server may still have something in our name
   */
  leaveAllBut(shards: readonly number[]): readonly number[] {
    const isOther = (shard: number): boolean => !shards.includes(shard);
    for (const shard of this.#owned.filter(isOther)) this.#left.add(shard);
    this.own(this.#owned.filter((shard) => !isOther(shard)));
    this.#kept = this.#ours(this.#kept);
    return shards.length === 0 ? allShards : [...this.#left].filter(isOther);
  }

  isOwned(shard: number): boolean {
    return this.#owned.includes(shard);
  }

  /**
   * Frees what the server has of this shard in our name and no call has returned.
   *
   * @param options `isLost`: also what calls have returned is freed, since nobody answers that any more
   */
  async giveUp(client: RedisClient, shard: number, { isLost }: { readonly isLost: boolean }): Promise<void> {
    const held = this.#heldOf(shard);
    const named = isLost ? held.map((receipt) => `+${receipt}`) : held;
    await this.#giveBack(client, [shard], named);
    this.#left.delete(shard);
  }

  /**
   * Frees what anybody holds of this shard, or a part of it. If some of it was ours, it must not count as known when it
   * comes again.
   *
   * @returns whether that was all
   */
  async takeOver(client: RedisClient, shard: number): Promise<boolean> {
    const keys = keysOf(this.#consumer.prefix, [shard]);
    const reply = await this.#questions.ask(client, takeOverScript, keys, []);
    if (reply?.[0] !== 1) return false;
    this.#left.delete(shard);
    for (const receipt of this.#heldOf(shard)) this.#held.delete(receipt);
    return true;
  }

  own(shards: readonly number[]): void {
    this.#owned = [...shards];
  }

  get keepsAny(): boolean {
    return this.#kept.length > 0;
  }

  /** Up to `max` of the messages that were taken. */
  kept(max: number): readonly Delivery[] {
    const first = this.#kept.slice(0, max);
    this.#kept = this.#kept.slice(max);
    return first;
  }

  /**
   * Takes up to `max` messages, which are kept until a call asks for them.
   *
   * @returns the ms until something falls due
   */
  async take(client: RedisClient, max: number): Promise<number> {
    const owned = this.#owned;
    const { prefix, me, leaseMs } = this.#consumer;
    this.#hasTaken = true;
    this.#turn = (this.#turn + 1) % owned.length;
    const most = Math.min(max, mostAtOnce);
    const args = [String(most), String(leaseMs), me, String(this.#turn)];
    const reply = await this.#questions.ask(client, takeScript, keysOf(prefix, owned), args, asBytes);
    if (reply === undefined) return 0;
    const [dueInMs, deleted, ...entries] = reply as [number, number, ...TakenEntry[]];
    if (deleted > 0) this.#deleted();
    const deliveries = entries.map(([at, id, attempt, fields]) => {
      const receipt = receiptOf(Number(owned[at]), id.toString("latin1"));
      this.#held.add(receipt);
      return { receipt, message: messageOf(fields), attempt };
    });
    // Messages of shards that are not owned any more may have been handed to another meanwhile.
    const mine = owned === this.#owned ? deliveries : this.#ours(deliveries);
    this.#kept = [...this.#kept, ...mine];
    return dueInMs < 0 ? Infinity : dueInMs;
  }

  async ack(client: RedisClient, deliveries: readonly Delivery[]): Promise<void> {
    await acknowledge(client, this.#consumer, deliveries);
    for (const { receipt } of deliveries) this.#held.delete(receipt);
  }

  async retry(client: RedisClient, delivery: Delivery, options: RetryOptions): Promise<void> {
    await retryLater(client, this.#consumer, delivery, options);
    this.#held.delete(delivery.receipt);
  }

  extend(client: RedisClient, deliveries: readonly Delivery[]): Promise<void> {
    return extendLeases(client, this.#consumer, deliveries);
  }

  /** Gives back all that this consumer holds. */
  release(client: RedisClient): Promise<void> {
    return this.#giveBack(client, allShards, []);
  }

  /**
   * Gives back all that the server has of these shards in our name, except for named receipts; with a `+`, also those, as
   * an attempt.
   */
  async #giveBack(client: RedisClient, shards: readonly number[], named: readonly string[]): Promise<void> {
    if (!this.#hasTaken) return;
    const { prefix, me } = this.#consumer;
    await runScript(client, giveBackScript, keysOf(prefix, shards), [channelOf(prefix), me, ...named]);
  }

  #heldOf(shard: number): readonly string[] {
    return [...this.#held].filter((receipt) => partsOf(receipt)[0] === shard);
  }

  /** Those of our shards; the others count as never handed out. */
  #ours(deliveries: readonly Delivery[]): readonly Delivery[] {
    const isOurs = ({ receipt }: Delivery): boolean => this.isOwned(partsOf(receipt)[0]);
    const { ours = [], others = [] } = Object.groupBy(deliveries, (each) =>
      isOurs(each) ? "ours" : "others",
    );
    for (const { receipt } of others) this.#held.delete(receipt);
    return ours;
  }
}
