import type { Channel } from "rabbitmq-client";
import type { QueueDepth } from "../../driver.ts";
import type { AmqpCounts, Count } from "./counts.ts";
import type { AmqpNames } from "./names.ts";
import { nextTurn } from "./patience.ts";

/** Counts with the server's counters for queues. That also notices a missing queue: the channel then ends. */
export class AmqpDepth {
  readonly #names: AmqpNames;
  readonly #counts: AmqpCounts;
  readonly #own: () => Count;
  readonly #hasAlarm: () => boolean;
  /** When a queue was last seen without messages: what waits in it came later. */
  readonly #emptyAt = new Map<string, number>();

  /** @param hasAlarm true while drivers cannot tell each other what they hold, since the server takes no messages */
  constructor(names: AmqpNames, counts: AmqpCounts, own: () => Count, hasAlarm: () => boolean) {
    this.#hasAlarm = hasAlarm;
    this.#names = names;
    this.#counts = counts;
    this.#own = own;
  }

  async count(channel: Channel): Promise<QueueDepth> {
    let messages = 0;
    let oldest = Infinity;
    for (const queue of this.#names.queues) {
      const askedAt = Date.now();
      const { messageCount } = await channel.queueDeclare({ queue, passive: true });
      if (messageCount === 0 || !this.#emptyAt.has(queue)) this.#emptyAt.set(queue, askedAt);
      if (messageCount > 0) oldest = Math.min(oldest, this.#emptyAt.get(queue) ?? askedAt);
      messages += messageCount;
    }
    const { consumerCount } = await channel.queueDeclare({ queue: this.#names.members, passive: true });
    const expected = consumerCount - 1;
    const others = await this.#counts.others(expected);
    const isAway = others.length < expected && this.#hasAlarm();
    await nextTurn();
    for (const { held, oldestSentAt } of [this.#own(), ...others]) {
      messages += held;
      oldest = Math.min(oldest, oldestSentAt ?? Infinity);
    }
    const oldestAgeMs = oldest === Infinity ? 0 : Math.max(0, Date.now() - oldest);
    return { messages, oldestAgeMs, ...(isAway && { isAway }) };
  }

  /** A message that was sent at this time was taken from the queue, so what still waits there is younger. */
  taken(queue: string, sentAt: number): void {
    const emptyAt = this.#emptyAt.get(queue);
    if (emptyAt !== undefined && sentAt > emptyAt) this.#emptyAt.set(queue, sentAt);
  }
}
