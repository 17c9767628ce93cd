import type { AsyncMessage, Channel } from "rabbitmq-client";
import { sleep } from "../../../../lib/async/sleep.ts";
import { type Delivery, receiveMs } from "../../../driver.ts";
import { acknowledge } from "./answers.ts";
import { channelsToAsk } from "../connection/channels.ts";
import { AmqpConsumers, type ReceiveLink } from "./consumers.ts";
import { AmqpHeld, type Held } from "./held.ts";
import { bytesOf, firstAttempt, messageOf, sentAtOf, vainHandOuts } from "../message.ts";
import { declare, type Topology } from "../topology/declare.ts";
import { Prefetch } from "./prefetch.ts";
import type { AmqpSession, Broken, OpenChannel } from "../connection/session.ts";

/**
 * How long acknowledgements are given before their channel ends, in ms: the server passes them on to its queues a few
 * at a time, and forgets those that still wait then.
 */
const settleMs = 150;

export interface ReceiverListener {
  /** Told what came of which shard. */
  readonly taken: (shard: number, sentAt: number) => void;
  /** Told from which shard the server has taken everything back, and why. */
  readonly takenBack: (shard: number, why: unknown) => void;
}

/** Hands out what comes from the shards that it owns; some of it comes in advance. */
export class AmqpReceiver {
  readonly held: AmqpHeld = new AmqpHeld();
  readonly #session: AmqpSession<ReceiveLink>;
  readonly #consumers: AmqpConsumers;
  readonly #prefetch: Prefetch;
  readonly #taken: (shard: number, sentAt: number) => void;
  readonly #topology: Topology;
  #answeredAt = -Infinity;
  #arrivals = 0;
  #isClosed = false;

  /** @param prefetch how many messages of a shard may be held, as long as they are small */
  constructor(
    session: AmqpSession<ReceiveLink>,
    topology: Topology,
    prefetch: number,
    { taken, takenBack }: ReceiverListener,
  ) {
    this.#session = session;
    this.#topology = topology;
    this.#taken = taken;
    this.#prefetch = new Prefetch(prefetch);
    this.#consumers = new AmqpConsumers(topology.names, this.#prefetch, this.#arrived.bind(this), takenBack);
  }

  /** Opens the channels of a session. */
  async link(open: OpenChannel, broken: Broken): Promise<ReceiveLink> {
    await declare(open, this.#topology);
    const counting = await channelsToAsk(() => open());
    const openNoted = async (ended: Broken): Promise<Channel> => {
      const channel = await open(ended);
      channel.on("close", () => this.#lost(channel));
      return channel;
    };
    const close = (channel: Channel): Promise<void> => {
      const closed = this.#session.closeChannel(channel);
      this.#lost(channel);
      return closed;
    };
    const link = { counting, open: openNoted, close, broken };
    await this.#consumers.begin(link);
    return link;
  }

  async receive(max: number, signal: AbortSignal): Promise<readonly Delivery[]> {
    const end = performance.now() + receiveMs;
    while (!signal.aborted && !this.#isClosed) {
      this.#session.get("hand out messages");
      const deliveries = this.held.take(max);
      const leftMs = end - performance.now();
      if (deliveries.length > 0 || leftMs <= 0) return deliveries;
      await this.held.change(leftMs, signal);
    }
    return [];
  }

  /**
   * Whether a message that was handed out too early waits here for its time, and not in the server, which would hand it
   * out behind all that waits there. Its lane has too much at once, and needs it next. One that this version cannot read
   * is in no lane and waits for another version: if many of a shard waited here, its others would not come any more.
   */
  keepsEarly({ message, shard }: Held): boolean {
    const isFull = this.held.earlyOf(shard) >= this.#prefetch.count / 2;
    return !(message instanceof RangeError && isFull);
  }

  /** What is held of other shards goes back at once, even if it is handed out: another may own them now. */
  own(shards: readonly number[]): Promise<void> {
    return this.#consumers.own(() => this.#session.get("give a share of the messages"), shards);
  }

  ack(all: readonly Held[]): void {
    acknowledge(this.held, all);
    if (all.length > 0) this.#answeredAt = performance.now();
  }

  /**
   * What is held goes back when its channels end.
   *
   * @param answered when nothing is acknowledged any more
   */
  async close(answered: Promise<void>): Promise<void> {
    this.#isClosed = true;
    this.held.wake();
    await answered;
    if (performance.now() - this.#answeredAt < settleMs) await sleep(settleMs);
  }

  #arrived(shard: number, channel: Channel, came: AsyncMessage): void {
    // The client passes a message on one turn later, when the server may have taken it back already.
    if (!channel.active) return;
    const sentAt = sentAtOf(came);
    this.#taken(shard, sentAt);
    this.#arrivals += 1;
    const held: Held = {
      shard,
      order: this.#arrivals,
      channel,
      came,
      message: messageOf(came),
      sentAt,
      attempt: firstAttempt(came) + vainHandOuts(came),
      isOut: false,
    };
    this.held.arrived(held);
    if (this.#prefetch.came(bytesOf(came), this.held)) this.#consumers.renew();
  }

  /** What came on a channel that is gone is handed out again by the server, to anyone. */
  #lost(channel: Channel): void {
    this.held.forgetAll(channel);
    this.held.wake();
  }
}
