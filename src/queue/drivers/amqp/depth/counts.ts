import { randomUUID } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { AsyncMessage, Channel } from "rabbitmq-client";
import { Bell } from "../../../../lib/async/bell.ts";
import type { AmqpNames } from "../topology/names.ts";

/** What a driver holds. */
export interface Count {
  readonly held: number;
  /** When the oldest of it was sent, in ms since 1970; Infinity if there is none. */
  readonly oldestSentAt: number;
}

/** How long to wait for the answers of others, in ms. */
const waitMs = 250;

/**
 * How long the last answer of a driver that does not answer now counts, in ms: it may hang, and still hold messages.
 */
const lastMs = 15_000;

interface Answer {
  readonly count: Count;
  /** The number of the question that it answers. */
  readonly question: number;
  readonly at: number;
}

/**
 * The server tells how many messages wait, but not how many are handed out; so the drivers tell each other. Each has a
 * queue of its own for questions and answers, which goes when its connection does.
 */
export class AmqpCounts {
  readonly #names: AmqpNames;
  readonly #own: () => Count;
  #id = "";
  /** The last answer of each other driver, the newest last. */
  readonly #answers = new Map<string, Answer>();
  /** Rings at each answer. */
  readonly #bell = new Bell();
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
    // By then, what the client puts off to the next turn is held.
    await nextTurn();
    return [this.#own(), ...others];
  }

  /** If not all answer in time, the last answers of others stand for theirs. */
  async #others(expected: number): Promise<readonly Count[]> {
    const channel = this.#channel;
    if (expected <= 0 || channel?.active !== true) return [];
    this.#questions += 1;
    const question = this.#questions;
    this.#publish(channel, "question", String(question), {});
    const late = AbortSignal.timeout(waitMs);
    while (!late.aborted && this.#answersTo(question) < expected) await this.#bell.wait(waitMs, late);
    const since = performance.now() - lastMs;
    for (const [id, { at }] of this.#answers) if (at < since) this.#answers.delete(id);
    return [...this.#answers.values()].slice(-expected).map(({ count }) => count);
  }

  /** How many answered this question or a later one. */
  #answersTo(question: number): number {
    return [...this.#answers.values()].filter((answer) => answer.question >= question).length;
  }

  #heard(channel: Channel, { routingKey, replyTo: from, correlationId = "", body }: AsyncMessage): void {
    if (from === undefined || from === this.#id) return;
    if (routingKey === "question") return this.#publish(channel, from, correlationId, this.#own());
    const count = countOf(body);
    if (count === undefined) return;
    this.#answers.delete(from);
    this.#answers.set(from, { count, question: Number(correlationId), at: performance.now() });
    this.#bell.ring();
  }

  #publish(channel: Channel, routingKey: string, correlationId: string, body: object): void {
    const { counts: exchange } = this.#names;
    const envelope = { exchange, routingKey, correlationId, replyTo: this.#id };
    const published = channel.basicPublish(envelope, body);
    // Nobody waits long for it, and a lost channel is noticed elsewhere.
    published.catch(() => undefined);
  }
}

function countOf(body: unknown): Count | undefined {
  const { held, oldestSentAt } = (body ?? {}) as { readonly [key in keyof Count]?: unknown };
  if (typeof held !== "number") return undefined;
  // JSON has no infinity.
  return { held, oldestSentAt: typeof oldestSentAt === "number" ? oldestSentAt : Infinity };
}
