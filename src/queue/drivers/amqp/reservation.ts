import type { Channel } from "rabbitmq-client";
import { codeOf } from "../../../lib/error-code.ts";
import { isError } from "../../../lib/is-error.ts";
import { OneByOne } from "../../../lib/async/one-by-one.ts";
import type { WorkersHistory } from "../../driver.ts";
import type { AmqpNames } from "./topology/names.ts";
import { answerOf } from "./patience.ts";
import type { AmqpSession } from "./connection/session.ts";

const what = "be kept for one history";
/** The queue argument that holds the history: the server compares it, but does not use it while there is no message. */
const historyKey = "x-dead-letter-routing-key";

/**
 * The mark of the only history with which events of this queue are handled: a queue without messages, which the server
 * removes when nobody has asked it for one during the lease. Its arguments name the history, and the server refuses to
 * declare it with other ones. Each question has a channel of its own, since a refusal ends that.
 */
export class AmqpReservation {
  readonly #session: AmqpSession<unknown>;
  readonly #names: AmqpNames;
  readonly #leaseMs: number;
  /** A server that is slow may not have answered the last question yet, and its connection has few channels. */
  readonly #questions = new OneByOne();
  /** The history whose mark is to go when we leave, if we have it then. */
  #own: string | undefined;

  constructor(session: AmqpSession<unknown>, names: AmqpNames, leaseMs: number) {
    this.#session = session;
    this.#names = names;
    this.#leaseMs = leaseMs;
  }

  /** @returns for how many ms it is kept; 0 if another history has it */
  async take({ name, isShared }: WorkersHistory): Promise<number> {
    this.#session.get(what);
    this.#own = isShared ? undefined : name;
    const asked = this.#lend((channel) => this.#keep(channel, name));
    return (await answerOf(asked, what)) ? this.#leaseMs : 0;
  }

  /** Removes the mark if it is ours. */
  async leave(): Promise<void> {
    const own = this.#own;
    if (own === undefined) return;
    await this.#lend(async (channel) => {
      if (await this.#keep(channel, own)) await channel.queueDelete(this.#names.worker);
    });
  }

  #lend<T>(ask: (channel: Channel) => Promise<T>): Promise<T> {
    return this.#questions.run(() => this.#session.lend(ask));
  }

  /** @returns false if another history has it */
  async #keep(channel: Channel, history: string): Promise<boolean> {
    const queue = this.#names.worker;
    try {
      await channel.queueDeclare({
        queue,
        durable: true,
        arguments: {
          "x-queue-type": "quorum",
          "x-expires": this.#leaseMs,
          // Needed beside the key; nothing is ever sent there.
          "x-dead-letter-exchange": this.#names.exchange,
          [historyKey]: history,
        },
      });
    } catch (error) {
      if (isOther(error)) return false;
      throw error;
    }
    // Declaring a queue that is there does not begin its lease anew.
    await channel.basicGet({ queue, noAck: true });
    return true;
  }
}

const isOther = (error: unknown): boolean =>
  isError(error) && codeOf(error) === "PRECONDITION_FAILED" && error.message.includes(historyKey);
