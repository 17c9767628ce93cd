import type { Msg } from "@nats-io/transport-node";
import { QueueUnavailableError } from "../../../../errors.ts";
import type { Arrival } from "../message.ts";
import type { NatsShard } from "../topology/shard.ts";
import { leftOf, type Notice, noticeOf } from "./pull.ts";

/** How much to ask for from a shard. */
export interface Ask {
  readonly shard: NatsShard;
  /** Messages. */
  readonly batch: number;
  /** Undefined: however large they are. */
  readonly maxBytes?: number;
}

/** How long a server may take to say that it has nothing more, in ms. */
export const answerMs = 4_000;

/** A question that a consumer was asked, and what has come in answer to it. */
export class Question {
  readonly shard: NatsShard;
  readonly number: number;
  /** As in the session in which it was asked. */
  readonly reached: number;
  readonly messages: Arrival[] = [];
  readonly #batch: number;
  #leftBytes: number;
  /** How many messages it is given: all that it asked for, or as many as a notice says. */
  #given: number;
  #notice: Notice | undefined;
  #isLost = false;
  readonly #answered = Promise.withResolvers<void>();
  readonly #timer: NodeJS.Timeout;

  constructor({ shard, batch, maxBytes = Infinity }: Ask, number: number, reached: number) {
    this.shard = shard;
    this.number = number;
    this.reached = reached;
    this.#batch = batch;
    this.#leftBytes = maxBytes;
    this.#given = batch;
    const silent = new QueueUnavailableError("NATS cannot hand out messages: no answer in time");
    this.#timer = setTimeout(() => this.lose(silent), answerMs).unref();
    // Not every caller waits so long.
    this.#answered.promise.catch(() => undefined);
  }

  /** Resolves when it is answered to the end. @throws why it is lost */
  get answered(): Promise<void> {
    return this.#answered.promise;
  }

  /** True if it was not answered to the end: what was handed to us may not arrive any more. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** How the answer ended; undefined as long as there may be more of it. */
  get end(): Notice | undefined {
    const isWhole = this.messages.length >= this.#given || this.#leftBytes <= 0;
    // If the server has given exactly what was asked for, it need not send a notice of the end.
    return isWhole && !this.#isLost ? (this.#notice ?? "full") : undefined;
  }

  came(arrival: Arrival, message: Msg): void {
    this.messages.push(arrival);
    this.#leftBytes -= sizeOf(message);
  }

  /**
   * The server says that it hands out nothing more. That may come before messages that were handed out before it, as in
   * clusters of NATS 2.15. The answer ends with the last of these, whatever is said behind it: if they were lost, nobody
   * would know.
   */
  noticed(message: Msg): void {
    if (this.#notice !== undefined) return;
    const left = leftOf(message);
    this.#given = left === undefined ? this.messages.length : this.#batch - left;
    this.#notice = noticeOf(message);
  }

  lose(reason: Error): void {
    this.#isLost = true;
    this.#answered.reject(reason);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#answered.resolve();
  }
}

/** The size as the server counts it. The client can tell it too, but its types do not say so. */
const sizeOf = (message: Msg & { size?(): number }): number => message.size?.() ?? 0;
