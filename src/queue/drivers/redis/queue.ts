import { randomUUID } from "node:crypto";
import { ClosedError, QueueUnavailableError } from "../../../errors.ts";
import type { Message } from "../../../event/message.ts";
import { Bell } from "../../../lib/async/bell.ts";
import { EngineHealth } from "../../../lib/engines/engine-health.ts";
import type { EngineReport } from "../../../lib/engines/engine-report.ts";
import { opened } from "../../../lib/engines/opened.ts";
import { loadRedis } from "../../../lib/peers/peers.ts";
import { atMost, within } from "../../../lib/async/within.ts";
import {
  receiveMs,
  sharedShards,
  type Delivery,
  type QueueDepth,
  type QueueDriver,
  type QueueDriverOptions,
  type RetryOptions,
  type WorkersHistory,
} from "../../driver.ts";
import type { RedisClient } from "./connection/client.ts";
import { RedisDepth } from "./depth.ts";
import { RedisLink } from "./connection/link.ts";
import { listen } from "./connection/listening.ts";
import { channelOf } from "./names.ts";
import { RedisReservation } from "./reservation.ts";
import { RedisStreams } from "./streams.ts";
import { reportOf } from "./report.ts";
import { assertRights } from "./rights.ts";
import { RedisSender } from "./sender.ts";
import { RedisShards } from "./shards.ts";
import { redisPlace, type RedisPlace } from "./connection/url.ts";

/** How long `receive` waits for a silent server, in ms. */
const patienceMs = 1_500;
/** How long a closing driver waits for the server, in ms. */
const closeMs = 2_000;
/** How much of that it waits for a hand-out that is under way, in ms. */
const lastHandOutMs = 1_000;
/**
 * How long a worker may take over shards, in ms. Whoever hears nothing of it for 20 s gives its shards to others, and
 * the last call may take 5.
 */
const ownMs = 10_000;

/**
 * A queue in Redis Streams: a stream and a consumer group for each shard.
 *
 * @throws {NotMadeError} if it is only looked at, and there is none
 * @throws {ConfigError} if the URL is wrong, or the server refuses for a reason that stays
 */
export async function openRedisQueue(url: string, options: QueueDriverOptions): Promise<QueueDriver> {
  const place = redisPlace(url);
  // Takes seconds on a busy machine, in which no server is waited for.
  await loadRedis();
  return opened(new RedisQueue(place, options));
}

class RedisQueue implements QueueDriver {
  readonly shards = sharedShards;
  readonly #place: RedisPlace;
  readonly #sender: RedisSender;
  /** Not the sender's connection, which stands still while the server waits for its disk. */
  readonly #link: RedisLink;
  readonly #store: RedisShards;
  readonly #depth: RedisDepth;
  readonly #reservation: RedisReservation;
  readonly #bell = new Bell();
  readonly #closing = new AbortController();
  #asking: Promise<number> | undefined;
  #closed: Promise<void> | undefined;

  constructor(place: RedisPlace, options: QueueDriverOptions) {
    const { leaseMs, log } = options;
    const health = new EngineHealth("queue", place.shown, log);
    this.#place = place;
    this.#depth = new RedisDepth(place.prefix);
    this.#reservation = new RedisReservation(place.prefix, leaseMs);
    const streams = new RedisStreams(place, options);
    const consumer = { prefix: place.prefix, me: randomUUID(), leaseMs };
    this.#store = new RedisShards(consumer, () => streams.tellLoss());
    this.#sender = new RedisSender(place, health, streams);
    this.#link = new RedisLink(place, health, async (client) => {
      await assertRights(client, place.prefix);
      await streams.open(client);
      await this.#store.open(client);
      await listen(client, channelOf(place.prefix), () => this.#bell.ring(), this.#closing.signal);
      this.#bell.ring();
    });
  }

  async open(): Promise<void> {
    await Promise.all([this.#link.start(), this.#sender.start()]);
  }

  send(messages: readonly Message[]): Promise<void> {
    return this.#sender.send(messages);
  }

  async own(shards: readonly number[]): Promise<void> {
    const until = performance.now() + ownMs;
    const left = this.#store.leaveAllBut(shards);
    // A question under way may bring messages that are another's from now on. If it fails, either so does the next
    // call, or there is a new connection.
    await this.#asking?.catch(() => undefined);
    // One after the other, so that the server does something else in between.
    const isLost = shards.length === 0;
    for (const shard of left) await this.#call((client) => this.#store.giveUp(client, shard, { isLost }));
    for (const shard of shards) {
      if (!this.#store.isOwned(shard)) await this.#takeOver(shard, until);
    }
    await this.#call(async () => this.#store.own(shards));
    this.#bell.ring();
  }

  reserve(history: WorkersHistory): Promise<number> {
    return this.#call((client) => this.#reservation.take(client, history));
  }

  async receive(max: number, signal: AbortSignal): Promise<readonly Delivery[]> {
    const end = performance.now() + receiveMs;
    const stop = AbortSignal.any([signal, this.#closing.signal]);
    while (!stop.aborted) {
      const { rung } = this.#bell;
      const dueInMs = this.#store.ownsNothing ? receiveMs : await this.#ask(max);
      // It is given back with everything else.
      if (this.#closing.signal.aborted) break;
      const deliveries = this.#store.kept(max);
      const leftMs = end - performance.now();
      if (deliveries.length > 0 || leftMs <= 0) return deliveries;
      await this.#bell.wait(Math.min(leftMs, dueInMs), stop, rung);
    }
    return [];
  }

  ack(deliveries: readonly Delivery[]): Promise<void> {
    return this.#call((client) => this.#store.ack(client, deliveries));
  }

  retry(delivery: Delivery, options: RetryOptions): Promise<void> {
    return this.#call((client) => this.#store.retry(client, delivery, options));
  }

  extend(deliveries: readonly Delivery[]): Promise<void> {
    return this.#call((client) => this.#store.extend(client, deliveries));
  }

  depth(): Promise<QueueDepth> {
    return this.#call((client) => this.#depth.count(client));
  }

  async report(): Promise<EngineReport> {
    const lacksReplicas = await this.#sender.lacksReplicas();
    return this.#call((client) => reportOf(client, this.#place, { lacksReplicas }));
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#closing.abort();
    await Promise.all([this.#sender.close(), this.#release()]);
    await this.#link.close();
  }

  async #release(): Promise<void> {
    try {
      await this.#link.call(async (client) => {
        // If its script must be sent first, it would come behind what gives everything back.
        if (this.#asking !== undefined) await atMost(lastHandOutMs, this.#asking);
        // In this order, but the second does not wait for the answer to the first, which may come too late.
        await Promise.allSettled([this.#store.release(client), this.#reservation.leave(client)]);
      }, closeMs);
    } catch {
      // What is held comes back when its leases end, and the reservation ends by itself.
    }
  }

  /** @param until by then it gives up: what is done is done, and the next call goes on from there */
  async #takeOver(shard: number, until: number): Promise<void> {
    let isAll = false;
    while (!isAll) {
      if (performance.now() > until)
        throw new QueueUnavailableError("Redis takes long to hand the shards over.");
      isAll = await this.#call((client) => this.#store.takeOver(client, shard));
    }
  }

  /**
   * Lets the server hand out messages, unless it is asked already or some are here. An answer that is too late for one
   * call serves the next one.
   *
   * @returns the ms until something falls due
   */
  async #ask(max: number): Promise<number> {
    if (this.#store.keepsAny) return 0;
    this.#asking ??= this.#link
      .call((client) => this.#store.take(client, max))
      .finally(() => (this.#asking = undefined));
    return (await within(patienceMs, this.#asking)) ?? receiveMs;
  }

  async #call<T>(work: (client: RedisClient) => Promise<T>): Promise<T> {
    // What takes over shards step by step must not go on while all is given back.
    if (this.#closed !== undefined) throw new ClosedError("queue");
    return this.#link.call(work);
  }
}
