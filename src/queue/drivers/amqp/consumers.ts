import type { Channel } from "rabbitmq-client";
import { OneByOne } from "../../../lib/one-by-one.ts";
import type { AmqpNames } from "./names.ts";
import { answerOf } from "./patience.ts";
import type { Prefetch } from "./prefetch.ts";
import type { Arrived, ReceiveLink } from "./receive-link.ts";

/**
 * The shards whose messages come by themselves, each on a channel of its own: only when a channel ends, the server takes
 * back all that it held in the order in which it was sent. Of a consumer that is cancelled it takes back first what was
 * on its way to us, and that is the newest.
 */
export class AmqpConsumers {
  readonly #names: AmqpNames;
  readonly #prefetch: Prefetch;
  readonly #arrived: Arrived;
  readonly #takenBack: (shard: number, why: unknown) => void;
  #owned: readonly number[] = [];
  #link: ReceiveLink | undefined;
  /** Of the newest link, by shard. */
  readonly #channels = new Map<number, Channel>();
  readonly #changes = new OneByOne();

  constructor(
    names: AmqpNames,
    prefetch: Prefetch,
    arrived: Arrived,
    takenBack: (shard: number, why: unknown) => void,
  ) {
    this.#names = names;
    this.#prefetch = prefetch;
    this.#arrived = arrived;
    this.#takenBack = takenBack;
  }

  /** Another number of messages may be held: all that is held goes back, and comes again by and by. */
  renew(): void {
    if (this.#link !== undefined) void this.#renew(this.#link, [...this.#channels]);
  }

  /** Consumes what is owned over a new link. */
  async begin(link: ReceiveLink): Promise<void> {
    this.#link = link;
    // What comes of the first ones may be so large that they are renewed before the last one is there.
    await this.#changes.run(async () => {
      this.#channels.clear();
      await this.#beginMissing(link);
      // It may have been given up meanwhile, and who gave it up was told that there is no link.
      await this.#leaveAllBut(link, this.#owned);
    });
  }

  /** False from the moment on in which it is given up. */
  owns(shard: number): boolean {
    return this.#owned.includes(shard);
  }

  /** @param linked gives the link of now; throws if there is none, and then only what is given up holds for the next one */
  async own(linked: () => ReceiveLink, shards: readonly number[]): Promise<void> {
    this.#owned = this.#owned.filter((shard) => shards.includes(shard));
    linked();
    this.#owned = shards;
    const change = async (): Promise<void> => {
      const link = linked();
      await this.#leaveAllBut(link, shards);
      await this.#beginMissing(link);
    };
    await answerOf(this.#changes.run(change), "give a share of the messages");
  }

  /** What is owned by now: of a call that was given up, something may be another's. */
  async #beginMissing(link: ReceiveLink): Promise<void> {
    const missing = this.#owned.filter((shard) => !this.#channels.has(shard));
    await Promise.all(missing.map((shard) => this.#begin(link, shard)));
  }

  async #begin(link: ReceiveLink, shard: number): Promise<void> {
    let begun: Channel | undefined;
    let end: unknown;
    try {
      const channel = await link.open((why) => {
        end = why;
        if (begun !== undefined) this.#again(link, shard, begun, why);
      });
      await channel.basicQos({ prefetchCount: this.#prefetch.count });
      await channel.basicConsume({ queue: this.#names.shard(shard) }, (message) =>
        this.#arrived(shard, channel, message.deliveryTag, message, message.body),
      );
      // It may have ended right behind the answer.
      if (end !== undefined) throw end;
      // All of this link may have been closed while the server was slow to answer, and others be there by now.
      if (!channel.active) throw new Error("its channel was closed");
      begun = channel;
      this.#channels.set(shard, channel);
    } catch (error) {
      // The queue may be missing.
      link.broken(error);
      throw error;
    }
  }

  /**
   * The server has given up this channel: it waits only so long (`consumer_timeout`) for the answer to each message.
   * The other shards go on.
   */
  #again(link: ReceiveLink, shard: number, channel: Channel, why: unknown): void {
    if (this.#channels.get(shard) !== channel) return;
    void this.#renew(link, [[shard, channel]]).then((isRenewed) => {
      // Where the connection is lost as well, that is what is told.
      if (isRenewed && link === this.#link) this.#takenBack(shard, why);
    });
  }

  /** What came on these goes back, and others take their place; whether they are there. */
  #renew(link: ReceiveLink, old: readonly (readonly [shard: number, Channel])[]): Promise<boolean> {
    for (const [shard] of old) this.#channels.delete(shard);
    const closed = Promise.all(old.map(([, channel]) => link.close(channel)));
    const begin = async (): Promise<void> => {
      await closed;
      await this.#beginMissing(link);
    };
    return this.#changes.run(begin).then(
      () => true,
      // All is begun anew.
      () => false,
    );
  }

  /** The server hands the next one what it takes back from us first, even if that one consumes the queue already. */
  async #leaveAllBut(link: ReceiveLink, shards: readonly number[]): Promise<void> {
    const left = [...this.#channels].filter(([shard]) => !shards.includes(shard));
    for (const [shard] of left) this.#channels.delete(shard);
    await Promise.all(left.map(([, channel]) => link.close(channel)));
  }
}
