import type { Channel, HeaderFields } from "rabbitmq-client";
import { sleep } from "../../../lib/sleep.ts";
import type { Delivery } from "../../driver.ts";
import { acknowledge, giveBack, noteArrival } from "./answers.ts";
import { AmqpConsumers } from "./consumers.ts";
import { AmqpGivenBack } from "./given-back.ts";
import { AmqpHeld, type Held } from "./held.ts";
import { firstAttempt, messageOf, sentAtOf, vainHandOuts } from "./message.ts";
import { AmqpPuller } from "./puller.ts";
import { declareAround, type Topology } from "./older-queues.ts";
import type { ReceiveLink } from "./receive-link.ts";
import type { AmqpSession, Broken, OpenChannel } from "./session.ts";

/** How long `receive` waits at most, and how often it looks where it must ask, in ms. */
const waitMs = 1_000;
const lookMs = 50;

/**
 * The server passes acknowledgements on to its queues a few at a time, and forgets those that still wait when their
 * channel ends; so long they are given, in ms.
 */
const settleMs = 150;

export interface ReceiverListener {
  /** Told what came of which shard. */
  readonly taken: (shard: number, sentAt: number) => void;
  /** Told of which shard the server has taken everything back, and why. */
  readonly takenBack: (shard: number, why: unknown) => void;
}

/**
 * Hands out messages. Before anyone says which shards are its own, it asks the server for as many as are wanted, so that
 * none lies here that another could have; after that they come by themselves, some of them in advance.
 */
export class AmqpReceiver {
  readonly held: AmqpHeld = new AmqpHeld();
  /** Whether the queues of shards have a single active consumer. */
  isOneByOne = true;
  readonly #session: AmqpSession<ReceiveLink>;
  readonly #puller: AmqpPuller;
  readonly #consumers: AmqpConsumers;
  readonly #taken: (shard: number, sentAt: number) => void;
  readonly #topology: Topology;
  readonly #prefetch: number;
  readonly #givenBack = new AmqpGivenBack();
  #pull: Channel | undefined;
  #answeredAt = -Infinity;
  #arrivals = 0;
  #isClosed = false;

  /** @param prefetch how many messages of a shard may be held */
  constructor(
    session: AmqpSession<ReceiveLink>,
    topology: Topology,
    prefetch: number,
    { taken, takenBack }: ReceiverListener,
  ) {
    const { names } = topology;
    this.#session = session;
    this.#topology = topology;
    this.#prefetch = prefetch;
    this.#taken = taken;
    const arrived = this.#arrived.bind(this);
    this.#puller = new AmqpPuller(names, this.held, arrived);
    this.#consumers = new AmqpConsumers(names, prefetch, arrived, takenBack);
  }

  /** Opens the channels of a session. */
  async link(open: OpenChannel, broken: Broken): Promise<ReceiveLink> {
    const openNoted = async (ended?: Broken): Promise<Channel> => {
      const channel = await open(ended);
      channel.on("close", () => this.#lost(channel));
      return channel;
    };
    const { channel: control, isOneByOne } = await declareAround(open, broken, this.#topology);
    this.isOneByOne = isOneByOne;
    const pull = await openNoted();
    this.#pull = pull;
    const close = (channel: Channel): Promise<void> => this.#session.closeChannel(channel);
    const link = { control, pull, open: openNoted, close, broken };
    await this.#consumers.begin(link);
    return link;
  }

  async receive(max: number, signal: AbortSignal): Promise<readonly Delivery[]> {
    const end = performance.now() + waitMs;
    while (!signal.aborted && !this.#isClosed) {
      const link = this.#session.get("hand out messages");
      const pulls = !this.#consumers.areUsed;
      if (pulls) await this.#puller.fill(link, max, end, signal);
      const deliveries = this.held.take(max);
      const leftMs = end - performance.now();
      if (deliveries.length > 0 || leftMs <= 0) return deliveries;
      await this.held.change(pulls ? Math.min(leftMs, lookMs) : leftMs, signal);
    }
    return [];
  }

  /** Too early: nothing counts, and it keeps its place. */
  async putBack(receipt: string, delayMs: number): Promise<void> {
    const held = this.held.out(receipt);
    if (held === undefined) return;
    if (delayMs > 0 || this.#consumers.areUsed) this.held.putBack(held, delayMs);
    else {
      this.#givenBack.add(held);
      await this.#puller.putBack(held);
    }
  }

  /** So many of a shard wait here for their time that more would keep the others of the shard from coming. */
  isFullOfEarly({ shard }: Held): boolean {
    return this.held.earlyOf(shard) >= this.#prefetch / 2;
  }

  /** What is held of other shards goes back at once, also what is handed out: another may own them now. */
  async own(shards: readonly number[]): Promise<void> {
    const linked = (): ReceiveLink => this.#session.get("give a share of the messages");
    await this.#consumers.own(linked, shards, async ({ pull }, kept) => {
      giveBack(this.#forgotten(({ shard }) => !kept.includes(shard)));
      // An answer to anything says that what was given back on this channel has gone before.
      await pull.basicQos({ prefetchCount: 0 });
    });
  }

  ack(all: readonly Held[]): void {
    for (const held of all) this.held.forget(held);
    acknowledge(all);
    if (all.length > 0) this.#answeredAt = performance.now();
  }

  /** What was asked for is given back in its order; what came by itself goes back when its channel ends. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#puller.close();
    giveBack(this.#forgotten(({ channel }) => channel === this.#pull));
    this.held.wake();
    if (performance.now() - this.#answeredAt < settleMs) await sleep(settleMs);
  }

  #arrived(shard: number, channel: Channel, tag: number, fields: HeaderFields, body: unknown): void {
    // The client tells of what came a turn later, when the server may have it back already.
    if (!channel.active) return;
    this.#arrivals += 1;
    noteArrival(channel, tag);
    const sentAt = sentAtOf(fields);
    const before = this.#givenBack.of(fields);
    this.#taken(shard, sentAt);
    this.held.arrived({
      receipt: String(this.#arrivals),
      shard,
      order: this.#arrivals,
      place: before?.place ?? this.#arrivals,
      channel,
      tag,
      fields,
      body,
      message: messageOf(fields, body),
      sentAt,
      attempt: firstAttempt(fields) + vainHandOuts(fields) - (before?.forgiven ?? 0),
      isOut: false,
    });
  }

  #forgotten(fits: Parameters<AmqpHeld["filter"]>[0]): ReturnType<AmqpHeld["filter"]> {
    const all = this.held.filter(fits);
    for (const held of all) this.held.forget(held);
    return all;
  }

  /** What came on a channel that is gone is handed out again by the server, to anyone. */
  #lost(channel: Channel): void {
    this.#forgotten((held) => held.channel === channel);
    this.held.wake();
  }
}
