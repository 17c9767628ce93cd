import type { Channel } from "rabbitmq-client";
import { sleep } from "../../../lib/sleep.ts";
import { within } from "../../../lib/within.ts";
import { allShards } from "../../driver.ts";
import { giveBack } from "./answers.ts";
import type { AmqpHeld, Held } from "./held.ts";
import type { AmqpNames } from "./names.ts";
import { patienceMs, unavailable, answerOf } from "./patience.ts";
import type { Arrived, ReceiveLink } from "./receive-link.ts";

/** How long what was handed out too early waits for others of its kind, in ms, so that they go back in order. */
const lingerMs = 25;

/** The server counts what it may send ahead in two bytes. */
const mostAtOnce = 1_000;

/** How long the server may take to send what it has, in ms; it sends nothing while another has the turn. */
const turnMs = 250;

/** So much later than the one before goes back what another process gives back next, in ms. */
const apartMs = 3;

/** Consumes the queues one after the other, each for as many messages as are wanted and there. */
export class AmqpPuller {
  readonly #names: AmqpNames;
  readonly #held: AmqpHeld;
  readonly #arrived: Arrived;
  #filling: Promise<void> | undefined;
  /** Where to look next, so that no shard is always the last. */
  #first = 0;
  readonly #back: Held[] = [];
  #goingBack: Promise<void> | undefined;
  readonly #closed = new AbortController();

  constructor(names: AmqpNames, held: AmqpHeld, arrived: Arrived) {
    this.#names = names;
    this.#held = held;
    this.#arrived = arrived;
  }

  /** Lets up to `max` messages come, if they are there; until `end` at the latest. What is late comes all the same. */
  async fill(link: ReceiveLink, max: number, end: number, signal: AbortSignal): Promise<void> {
    await this.#goingBack;
    this.#filling ??= this.#fill(link, max, signal).finally(() => (this.#filling = undefined));
    try {
      await within(Math.max(0, end - performance.now()), this.#filling);
    } catch (cause) {
      throw unavailable("hand out messages", cause);
    }
  }

  /** Hands it back to the server without delay, in its place among all that are handed back at this time. */
  async putBack(held: Held): Promise<void> {
    held.isOut = false;
    this.#back.push(held);
    this.#goingBack ??= this.#giveBackSoon();
    await sleep(apartMs);
  }

  close(): void {
    this.#closed.abort();
  }

  async #giveBackSoon(): Promise<void> {
    await sleep(lingerMs, this.#closed.signal);
    const back = this.#back.splice(0).sort((a, b) => a.place - b.place);
    for (const held of back) this.#held.forget(held);
    giveBack(back);
    this.#goingBack = undefined;
  }

  async #fill({ control, pull }: ReceiveLink, max: number, signal: AbortSignal): Promise<void> {
    const isEnough = (): boolean => signal.aborted || this.#held.ready >= max;
    for (let step = 0; step < allShards.length && !isEnough(); step += 1) {
      const shard = (this.#first + step) % allShards.length;
      const queue = this.#names.shard(shard);
      const counted = control.queueDeclare({ queue, passive: true });
      const { messageCount } = await answerOf(counted, "count", patienceMs);
      const wanted = Math.min(messageCount, max - this.#held.ready, mostAtOnce);
      if (wanted > 0) await this.#take(pull, shard, wanted);
    }
    this.#first = (this.#first + 1) % allShards.length;
  }

  async #take(pull: Channel, shard: number, wanted: number): Promise<void> {
    const { promise: allCame, resolve } = Promise.withResolvers<void>();
    let count = 0;
    await pull.basicQos({ prefetchCount: wanted });
    const { consumerTag } = await pull.basicConsume({ queue: this.#names.shard(shard) }, (message) => {
      this.#arrived(shard, pull, message.deliveryTag, message, message.body);
      count += 1;
      if (count === wanted) resolve();
    });
    await within(turnMs, allCame);
    await pull.basicCancel(consumerTag);
  }
}
