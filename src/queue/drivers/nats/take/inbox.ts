import type { Msg, NatsConnection, Subscription } from "@nats-io/transport-node";
import { placeOf } from "../attempts/attempts.ts";
import type { Arrival } from "../message.ts";
import { type Asked, type Notice, pull } from "./pull.ts";
import { type Ask, Question } from "./question.ts";
import type { Session } from "../topology/session.ts";
import type { NatsShard } from "../topology/shard.ts";

/** What a consumer handed out in answer to a question. */
export interface Answer {
  readonly consumer: string;
  readonly messages: readonly Arrival[];
  /** `late`: nobody waited for it. */
  readonly end: Notice | "late";
}

/**
 * Asks consumers for messages, each of them one question at a time. It lasts as long as the process: in a cluster, a
 * server that hung reads old questions when it is back, long after the process has gone to another server. What it then
 * hands out must still be received here, or newer messages would come before it.
 */
export class NatsInbox {
  readonly #subject: string;
  /** Questions by their consumers. */
  readonly #questions = new Map<string, Question>();
  #asked = 0;
  #answers: Answer[] = [];
  /** What was put back, in its order. */
  #again: readonly Arrival[] = [];
  #arrival = new AbortController();
  #connection: NatsConnection | undefined;

  constructor(subject: string) {
    this.#subject = subject;
  }

  /**
   * Asks a consumer, unless it has a question already.
   *
   * @returns resolves when it has answered to the end
   * @throws {QueueUnavailableError} if it does not in time; then it counts as lost until `forget` is called
   */
  ask(server: Asked & Pick<Session, "reached">, ask: Ask): Promise<void> {
    const { shard, batch, maxBytes } = ask;
    const open = this.#questions.get(shard.consumer);
    if (open !== undefined) return open.answered;
    this.#listen(server.connection);
    this.#asked += 1;
    const reply = `${this.#subject}.${this.#asked}.${shard.consumer}`;
    // 0 stands for any number of bytes.
    pull(server, shard, { reply, how: { batch, no_wait: true, max_bytes: maxBytes ?? 0 } });
    const question = new Question(ask, this.#asked, server.reached);
    this.#questions.set(shard.consumer, question);
    return question.answered;
  }

  /** True if this consumer has a question, or some of its messages are here. */
  has({ consumer }: NatsShard): boolean {
    const isOfIt = (each: { readonly consumer: string }): boolean => each.consumer === consumer;
    const isAgain = this.#again.some(({ place }) => isOfIt(place));
    return this.#questions.has(consumer) || this.#answers.some(isOfIt) || isAgain;
  }

  /** A subject of its own, for what is none of these questions. */
  subjectBeside(): string {
    this.#asked += 1;
    return `${this.#subject}.${this.#asked}`;
  }

  /** A promise for each question, which resolves when that is answered to the end. */
  get open(): readonly Promise<void>[] {
    return Array.from(this.#questions.values(), ({ answered }) => answered);
  }

  /** Shards whose consumers did not answer to the end, and may have handed to us what did not arrive. */
  get lost(): readonly NatsShard[] {
    return [...this.#questions.values()].flatMap(({ shard, isLost }) => (isLost ? shard : []));
  }

  /** This consumer no longer counts as lost. */
  forget({ consumer }: NatsShard): void {
    const question = this.#questions.get(consumer);
    if (question !== undefined) this.#end(question, "late");
  }

  /** Aborted as soon as there is something to take. */
  get arrival(): AbortSignal {
    return this.#arrival.signal;
  }

  /** Takes out what came; answers to a question only when that has ended. */
  take(): readonly Answer[] {
    if (this.#arrival.signal.aborted) this.#arrival = new AbortController();
    const byConsumer = Map.groupBy(this.#again, ({ place }) => place.consumer);
    this.#again = [];
    const again = Array.from(byConsumer, ([consumer, messages]) => late(consumer, messages));
    return [...again, ...this.#answers.splice(0)];
  }

  /** Takes these in once more, before all that came since. */
  putBack(some: readonly Arrival[]): void {
    if (some.length === 0) return;
    this.#again = [...some, ...this.#again];
    this.#arrival.abort();
  }

  /** Takes out what was put back of these consumers. */
  withdraw(consumers: readonly string[]): readonly Arrival[] {
    const { wanted = [], others = [] } = Object.groupBy(this.#again, ({ place }) =>
      consumers.includes(place.consumer) ? "wanted" : "others",
    );
    this.#again = others;
    return wanted;
  }

  /** All that came and is here. */
  get messages(): readonly Arrival[] {
    return [...this.#again, ...this.unended];
  }

  /** What came in answers that have not ended, or were not taken yet. */
  get unended(): readonly Arrival[] {
    return [...this.#answers, ...this.#questions.values()].flatMap(({ messages }) => messages);
  }

  /** When the client reaches a server again, it listens again by itself; on a new connection we must. */
  #listen(connection: NatsConnection): void {
    if (this.#connection === connection) return;
    this.#connection = connection;
    const callback: Subscription["callback"] = (error, message) => {
      if (error === null) this.#hear(message);
      else this.#fail(connection, error);
    };
    connection.subscribe(`${this.#subject}.*.*`, { callback });
  }

  #hear(message: Msg): void {
    // A message has the subject to which it was sent; other subjects are notices of the server.
    if (!message.subject.startsWith(`${this.#subject}.`)) return this.#take(message);
    const [number, consumer = ""] = message.subject.slice(this.#subject.length + 1).split(".");
    const question = this.#questions.get(consumer);
    if (question?.number !== Number(number)) return;
    question.noticed(message);
    this.#endIfWhole(question);
  }

  #take(message: Msg): void {
    const { reply = "" } = message;
    const place = placeOf(reply);
    const question = this.#questions.get(place.consumer);
    const arrival = { message, reply, place, reached: question?.reached ?? 0 };
    if (question === undefined) return this.#arrives(late(place.consumer, [arrival]));
    question.came(arrival, message);
    this.#endIfWhole(question);
  }

  #endIfWhole(question: Question): void {
    const { end } = question;
    if (end !== undefined) this.#end(question, end);
  }

  #end(question: Question, end: Answer["end"]): void {
    const { shard, messages } = question;
    this.#questions.delete(shard.consumer);
    this.#arrives({ consumer: shard.consumer, messages, end });
    question.close();
  }

  #arrives(answer: Answer): void {
    this.#answers.push(answer);
    this.#arrival.abort();
  }

  /** The client has ended the subscription. */
  #fail(connection: NatsConnection, error: Error): void {
    if (this.#connection !== connection) return;
    this.#connection = undefined;
    for (const question of this.#questions.values()) question.lose(error);
  }
}

const late = (consumer: string, messages: readonly Arrival[]): Answer => ({
  consumer,
  messages,
  end: "late",
});
