import { randomUUID } from "node:crypto";
import type { AsyncMessage, Channel } from "rabbitmq-client";
import { within } from "../../../lib/within.ts";
import type { AmqpNames } from "./names.ts";
import { nextTurn } from "./patience.ts";

/** What a driver holds. */
export interface Count {
  readonly held: number;
  /** When the oldest of it was sent, in ms since 1970; null if there is none. */
  readonly oldestSentAt: number | null;
}

/** How long to wait for the answers of others, in ms. */
const waitMs = 250;

/**
 * How long the last answer of a driver that does not answer now counts, in ms: it may hang, and still hold messages.
 */
const lastMs = 15_000;

interface Asking {
  readonly answers: Map<string, Count>;
  readonly expected: number;
  readonly done: () => void;
}

/**
 * The server tells how many messages wait, but not how many are handed out; so the drivers tell each other. Each has a
 * queue of its own for questions and answers, which goes when its connection does.
 */
export class AmqpCounts {
  readonly #names: AmqpNames;
  readonly #own: () => Count;
  #id = "";
  readonly #asking = new Map<string, Asking>();
  readonly #last = new Map<string, { readonly count: Count; readonly at: number }>();
  #channel: Channel | undefined;
  #questions = 0;

  constructor(names: AmqpNames, own: () => Count) {
    this.#names = names;
    this.#own = own;
  }

  async join(channel: Channel): Promise<void> {
    const { counts: exchange, members } = this.#names;
    // The queue of a connection that the server has not yet given up is still there.
    this.#id = randomUUID();
    const queue = `${members}.${this.#id}`;
    await channel.queueDeclare({ queue, exclusive: true, autoDelete: true });
    await channel.queueBind({ exchange, queue, routingKey: "question" });
    await channel.queueBind({ exchange, queue, routingKey: this.#id });
    await channel.basicConsume({ queue, noAck: true }, (message) => this.#heard(channel, message));
    await channel.basicConsume({ queue: members }, () => undefined);
    this.#channel = channel;
  }

  /** @param drivers how many there are, with this one */
  async all(drivers: number): Promise<readonly Count[]> {
    const others = await this.#others(drivers - 1);
    await nextTurn();
    return [this.#own(), ...others];
  }

  async #others(expected: number): Promise<readonly Count[]> {
    const channel = this.#channel;
    if (expected <= 0 || channel?.active !== true) return [];
    this.#questions += 1;
    const question = String(this.#questions);
    const { promise, resolve } = Promise.withResolvers<void>();
    const answers = new Map<string, Count>();
    this.#asking.set(question, { answers, expected, done: resolve });
    this.#publish(channel, "question", question, {});
    await within(waitMs, promise);
    this.#asking.delete(question);
    return [...answers.values(), ...this.#remembered(answers, expected)];
  }

  /** The last counts of drivers that did not answer, the newest first, as many as are missing. */
  #remembered(answers: Map<string, Count>, expected: number): readonly Count[] {
    const now = performance.now();
    for (const [id, count] of answers) {
      this.#last.delete(id);
      this.#last.set(id, { count, at: now });
    }
    for (const [id, { at }] of this.#last) if (now - at > lastMs) this.#last.delete(id);
    const missing = expected - answers.size;
    if (missing <= 0) return [];
    const silent = [...this.#last].filter(([id]) => !answers.has(id));
    return silent.slice(-missing).map(([, { count }]) => count);
  }

  #heard(channel: Channel, { routingKey, replyTo, correlationId = "", body, messageId }: AsyncMessage): void {
    if (routingKey !== "question") {
      const asking = this.#asking.get(correlationId);
      const count = countOf(body);
      if (asking === undefined || messageId === undefined || count === undefined) return;
      asking.answers.set(messageId, count);
      if (asking.answers.size >= asking.expected) asking.done();
    } else if (replyTo !== undefined && replyTo !== this.#id) {
      this.#publish(channel, replyTo, correlationId, this.#own());
    }
  }

  #publish(channel: Channel, routingKey: string, correlationId: string, body: object): void {
    const { counts: exchange } = this.#names;
    const from = { replyTo: this.#id, messageId: this.#id };
    const published = channel.basicPublish({ exchange, routingKey, correlationId, ...from }, body);
    // Nobody waits long for it, and a lost channel is noticed elsewhere.
    published.catch(() => undefined);
  }
}

function countOf(body: unknown): Count | undefined {
  if (typeof body !== "object" || body === null || !("held" in body) || !("oldestSentAt" in body)) return;
  const { held, oldestSentAt } = body;
  if (typeof held !== "number") return;
  return { held, oldestSentAt: typeof oldestSentAt === "number" ? oldestSentAt : null };
}
