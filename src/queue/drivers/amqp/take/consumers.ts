import type { AsyncMessage, Channel } from "rabbitmq-client";
import { OneByOne } from "../../../../lib/async/one-by-one.ts";
import type { AmqpNames } from "../topology/names.ts";
import { answerOf } from "../patience.ts";
import type { Prefetch } from "./prefetch.ts";
import type { Broken } from "../connection/session.ts";

/** Channels of a process that receives. */
export interface ReceiveLink {
  /** To count over; the server ends one of them when a queue is missing. */
  readonly counting: readonly Channel[];
  /** Opens one more channel, for the messages of a shard; `ended` is called if the server ends it. */
  readonly open: (ended: Broken) => Promise<Channel>;
  /** Closes such a channel; the server takes back what came on it. */
  readonly close: (channel: Channel) => Promise<void>;
  /** To be called if the link is of no use any more. */
  readonly broken: Broken;
}

/** Told what came of which shard, and on which channel. */
type Arrived = (shard: number, channel: Channel, message: AsyncMessage) => void;

type OfShard = readonly [shard: number, channel: Channel];

/**
 * The shards whose messages the server sends us, each on a channel of its own: only when a channel ends, the server
 * takes back all that the channel held in the order in which it was sent. If a consumer is cancelled instead, the
 * server first takes back what was on its way to us, which is the newest.
 */
export class AmqpConsumers {
  readonly #names: AmqpNames;
  readonly #prefetch: Prefetch;
  readonly #arrived: Arrived;
  readonly #takenBack: (shard: number, why: unknown) => void;
  #owned: readonly number[] = [];
  #link: ReceiveLink | undefined;
  /** Channels of the newest link by shard, of none that is not owned. */
  readonly #channels = new Map<number, Channel>();
  /** Resolves when all channels are closed that were left. */
  #left: Promise<void> = Promise.resolve();
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

  /** Called when another number of messages may be held: all that is held goes back, and comes again by and by. */
  renew(): void {
    if (this.#link !== undefined) void this.#renew(this.#link, [...this.#channels]);
  }

  /** Consumes what is owned over a new link. */
  async begin(link: ReceiveLink): Promise<void> {
    this.#link = link;
    // Messages of the first shards may be so large that these are renewed before the last one has begun.
    await this.#changes.run(() => {
      this.#channels.clear();
      return this.#beginMissing(link);
    });
  }

  /**
   * What is given up goes back at once, whatever else is under way: it may be owned again before that is done.
   *
   * @param linked gives the current link; throws if there is none: then shards are only given up, also on the next link
   */
  async own(linked: () => ReceiveLink, shards: readonly number[]): Promise<void> {
    this.#owned = this.#owned.filter((shard) => shards.includes(shard));
    const foreign = [...this.#channels].filter(([shard]) => !shards.includes(shard));
    if (this.#link !== undefined) void this.#leave(this.#link, foreign);
    linked();
    this.#owned = shards;
    const change = this.#changes.run(() => this.#beginMissing(linked()));
    await answerOf(change, "give a share of the messages");
  }

  /** Begins what is owned now, not what a call asked for: if that was given up, others may own some of it. */
  async #beginMissing(link: ReceiveLink): Promise<void> {
    await this.#left;
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
        this.#arrived(shard, channel, message),
      );
      // The channel may have ended right after the answer.
      if (end !== undefined) throw end;
      // All of this link may have been closed while the server was slow to answer, and others be there by now.
      if (!channel.active) throw new Error("its channel was closed");
      begun = channel;
      this.#channels.set(shard, channel);
      // It may have been given up meanwhile.
      if (!this.#owned.includes(shard)) await this.#leave(link, [[shard, channel]]);
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
      // If the connection is lost as well, only that is reported.
      if (isRenewed && link === this.#link) this.#takenBack(shard, why);
    });
  }

  /** What came on these channels goes back, and new ones take their place; gives whether they did. */
  #renew(link: ReceiveLink, old: readonly OfShard[]): Promise<boolean> {
    void this.#leave(link, old);
    return this.#changes
      .run(() => this.#beginMissing(link))
      .then(
        () => true,
        // Then the link is broken, and everything is begun anew.
        () => false,
      );
  }

  /** The next owner is handed first what the server takes back from us, even if it consumes the queue already. */
  #leave(link: ReceiveLink, some: readonly OfShard[]): Promise<void> {
    for (const [shard] of some) this.#channels.delete(shard);
    const closing = some.map(([, channel]) => link.close(channel));
    this.#left = Promise.all([this.#left, ...closing]).then(() => undefined);
    return this.#left;
  }
}
