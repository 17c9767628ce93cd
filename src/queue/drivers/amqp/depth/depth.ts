import type { Channel } from "rabbitmq-client";
import type { QueueDepth } from "../../../driver.ts";
import { askAll, type Step } from "../connection/channels.ts";
import type { AmqpCounts } from "./counts.ts";
import { type AmqpNames, levelMs, levels } from "../topology/names.ts";
import { patienceMs } from "../patience.ts";

interface Waiting {
  readonly messages: number;
  /** When the oldest of them was sent, in ms since 1970; Infinity if there is none. */
  readonly oldest: number;
  readonly drivers: number;
}

/** Counts with the server's counters for queues. That also notices a missing queue: the channel then ends. */
export class AmqpDepth {
  readonly #names: AmqpNames;
  readonly #counts: AmqpCounts;
  readonly #hasAlarm: () => boolean;
  /** When a queue was last seen without messages: what waits in it came later. */
  readonly #emptyAt = new Map<string, number>();
  /** How long a message is in a delay queue, in ms. Where many fail, such a queue is never seen without messages. */
  readonly #stayMs: ReadonlyMap<string, number>;

  /** @param hasAlarm true while drivers cannot tell each other what they hold, since the server takes no messages */
  constructor(names: AmqpNames, counts: AmqpCounts, hasAlarm: () => boolean) {
    this.#hasAlarm = hasAlarm;
    this.#names = names;
    this.#counts = counts;
    this.#stayMs = new Map(levels.map((level) => [names.delay(level), levelMs(level)]));
  }

  /** @param channels over which the server is asked at the same time */
  async count(channels: readonly Channel[]): Promise<QueueDepth> {
    const waiting = await this.#waiting(channels);
    let { messages, oldest } = waiting;
    const counts = await this.#counts.all(waiting.drivers);
    const isAway = counts.length < waiting.drivers && this.#hasAlarm();
    for (const { held, oldestSentAt } of counts) {
      messages += held;
      oldest = Math.min(oldest, oldestSentAt);
    }
    const oldestAgeMs = oldest === Infinity ? 0 : Math.max(0, Date.now() - oldest);
    return { messages, oldestAgeMs, ...(isAway && { isAway }) };
  }

  /** What waits on the server, and how many drivers may hold more. */
  async #waiting(channels: readonly Channel[]): Promise<Waiting> {
    const found = { messages: 0, oldest: Infinity, drivers: 0 };
    const until = performance.now() + patienceMs;
    const ask = (channel: Channel, queue: string): ReturnType<Channel["queueDeclare"]> => {
      // Nobody waits for it then, and a slow server would have more and more to answer.
      if (performance.now() >= until) throw new Error("It comes too late.");
      return channel.queueDeclare({ queue, passive: true });
    };
    await askAll(channels, [
      ...this.#names.queues.map((queue): Step => async (channel) => {
        const askedAt = Date.now();
        const { messageCount } = await ask(channel, queue);
        const emptyAt = messageCount === 0 ? askedAt : (this.#emptyAt.get(queue) ?? askedAt);
        this.#emptyAt.set(queue, emptyAt);
        // When the oldest that waits there came, at the earliest.
        const since = Math.max(emptyAt, askedAt - (this.#stayMs.get(queue) ?? Infinity));
        if (messageCount > 0) found.oldest = Math.min(found.oldest, since);
        found.messages += messageCount;
      }),
      async (channel) => {
        found.drivers = (await ask(channel, this.#names.members)).consumerCount;
      },
    ]);
    return found;
  }

  /** A message that was sent at this time was taken from the queue, so what still waits there is younger. */
  taken(queue: string, sentAt: number): void {
    const emptyAt = this.#emptyAt.get(queue);
    if (emptyAt !== undefined && sentAt > emptyAt) this.#emptyAt.set(queue, sentAt);
  }
}
