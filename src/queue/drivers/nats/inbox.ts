import type { Msg, NatsConnection, Subscription } from "@nats-io/transport-node";

/** What a round of questions does with what comes. */
export interface Listener {
  /** @returns false if it is not what was asked for, or more than that */
  readonly take: (message: Msg) => boolean;
  /** A consumer says that it hands out nothing, or nothing more. */
  readonly note: (consumer: string, notice: Msg) => void;
  readonly fail: (error: Error) => void;
}

/** A round that is open until it is disposed of. */
export interface OpenRound extends Disposable {
  /** Where a consumer's answer comes. */
  readonly replyTo: (consumer: string) => string;
}

/**
 * Where the answers to questions come. The one to which messages may come lasts as long as the process: in a cluster, a
 * server that hung reads old questions when it is back, long after the process has gone to another one. What is handed
 * out to these must not be handed out to nobody, or newer ones would come before it.
 */
export class NatsInbox implements Disposable {
  readonly #subject: string;
  readonly #rounds = new Map<number, Listener>();
  #begun = 0;
  #late: Msg[] = [];
  #connection: NatsConnection | undefined;
  #subscription: Subscription | undefined;

  constructor(subject: string) {
    this.#subject = subject;
  }

  /** What came before, and is wanted now, is taken at once: what comes from now on is newer. */
  open(connection: NatsConnection, listener: Listener): OpenRound {
    this.#listen(connection);
    this.#begun += 1;
    const number = this.#begun;
    this.#rounds.set(number, listener);
    this.#late = this.#late.filter((message) => !listener.take(message));
    return {
      replyTo: (consumer) => `${this.#subject}.${number}.${consumer}`,
      [Symbol.dispose]: () => void this.#rounds.delete(number),
    };
  }

  /** What came when nobody waited for it, in its order. */
  get late(): readonly Msg[] {
    return this.#late;
  }

  /** The same, which is no longer here. */
  takeLate(): readonly Msg[] {
    return this.#late.splice(0);
  }

  /** The server forgets what was asked and waits for an answer. */
  [Symbol.dispose](): void {
    this.#subscription?.unsubscribe();
  }

  /** The client listens again by itself when it reaches a server again; a connection that is new does not. */
  #listen(connection: NatsConnection): void {
    if (this.#connection === connection) return;
    this.#connection = connection;
    const callback = (error: Error | null, message: Msg): void => {
      if (error === null) this.#take(message);
      else this.#fail(connection, error);
    };
    this.#subscription = connection.subscribe(`${this.#subject}.*.*`, { callback });
  }

  #take(message: Msg): void {
    // A real message has the subject that it was sent to.
    if (!message.subject.startsWith(`${this.#subject}.`)) {
      const isTaken = [...this.#rounds.values()].some((listener) => listener.take(message));
      if (!isTaken) this.#late.push(message);
      return;
    }
    const [number, consumer = ""] = message.subject.slice(this.#subject.length + 1).split(".");
    this.#rounds.get(Number(number))?.note(consumer, message);
  }

  /** The client has ended the subscription. */
  #fail(connection: NatsConnection, error: Error): void {
    if (this.#connection === connection) this.#connection = undefined;
    for (const listener of this.#rounds.values()) listener.fail(error);
  }
}
