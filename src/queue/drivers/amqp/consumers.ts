import type { Channel } from "rabbitmq-client";
import type { AmqpNames } from "./names.ts";
import { nextTurn, answerOf } from "./patience.ts";
import type { Arrived } from "./receive-link.ts";

/** The shards whose messages come by themselves. */
export class AmqpConsumers {
  readonly #names: AmqpNames;
  readonly #arrived: Arrived;
  #owned: readonly number[] | undefined;
  /** Changes come one after the other. */
  #changing: Promise<void> = Promise.resolve();

  constructor(names: AmqpNames, arrived: Arrived) {
    this.#names = names;
    this.#arrived = arrived;
  }

  /** True once somebody has said which shards are its own. */
  get areUsed(): boolean {
    return this.#owned !== undefined;
  }

  /** Consumes what is owned on a new channel. */
  async begin(channel: Channel): Promise<void> {
    await this.#begin(channel, this.#owned ?? []);
  }

  /** @param release gives back what is held of all other shards than those that it had and keeps */
  async own(
    channel: Channel,
    shards: readonly number[],
    release: (kept: readonly number[]) => Promise<void>,
  ): Promise<void> {
    const before = this.#owned ?? [];
    this.#owned = shards;
    const kept = before.filter((shard) => shards.includes(shard));
    const change = async (): Promise<void> => {
      for (const shard of before) if (!kept.includes(shard)) await channel.basicCancel(tagOf(shard));
      // What came before the last answer is told a turn later.
      await nextTurn();
      await release(kept);
      await this.#begin(
        channel,
        shards.filter((shard) => !kept.includes(shard)),
      );
    };
    this.#changing = this.#changing.catch(() => undefined).then(change);
    await answerOf(this.#changing, "give a share of the messages");
  }

  async #begin(channel: Channel, begun: readonly number[]): Promise<void> {
    for (const shard of begun) {
      const consumer = { queue: this.#names.shard(shard), consumerTag: tagOf(shard) };
      await channel.basicConsume(consumer, (message) =>
        this.#arrived(shard, channel, message.deliveryTag, message, message.body),
      );
    }
  }
}

const tagOf = (shard: number): string => `shard ${shard}`;
