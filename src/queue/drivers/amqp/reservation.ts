import type { Connection } from "rabbitmq-client";
import { codeOf } from "../../../lib/error-code.ts";
import { isError } from "../../../lib/is-error.ts";
import { atMost } from "../../../lib/within.ts";
import type { AmqpNames } from "./names.ts";
import { answerOf, unavailable } from "./patience.ts";
import type { Told } from "./session.ts";

const what = "be kept for one history";
/** How long closing waits for the server, in ms. */
const goodbyeMs = 1_000;
/** The queue argument that holds the history: the server compares it, but does not use it while there is no message. */
const historyKey = "x-dead-letter-routing-key";

/**
 * The mark of the only history with which events of this queue are handled: a queue without messages, which the server
 * removes when nobody has asked it for one during the lease. Its arguments name the history, and the server refuses to
 * declare it with other ones. It has a connection of its own, since a refusal would end what else is on its channel.
 */
export class AmqpReservation {
  readonly #connect: () => Connection;
  readonly #names: AmqpNames;
  readonly #leaseMs: number;
  readonly #told: Told;
  #connection: Connection | undefined;
  /** Why it is not connected, if it is not: the call itself only learns that it took too long. */
  #why: unknown;
  /** The history whose mark is to go when we leave. */
  #own: string | undefined;
  #isClosing = false;

  /** @param told of the connection: a worker may go on without, so that is how a person hears of it */
  constructor(connect: () => Connection, names: AmqpNames, leaseMs: number, told: Told) {
    this.#connect = connect;
    this.#names = names;
    this.#leaseMs = leaseMs;
    this.#told = told;
  }

  /** @returns for how many ms it is kept; 0 if another history has it */
  async take(history: string, isShared: boolean): Promise<number> {
    this.#connection ??= this.#connected();
    const isOurs = await this.#declare(this.#connection, history);
    this.#own = isOurs && !isShared ? history : undefined;
    if (!isOurs) return 0;
    // Declaring a queue that is there does not begin its lease anew.
    await answerOf(this.#connection.basicGet({ queue: this.#names.worker, noAck: true }), what);
    return this.#leaseMs;
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    const connection = this.#connection;
    if (connection === undefined) return;
    await atMost(goodbyeMs, this.#leave(connection));
    await atMost(goodbyeMs, connection.close());
    connection.unsafeDestroy();
  }

  /** Removes the mark if it is still ours: another may have it by now. */
  async #leave(connection: Connection): Promise<void> {
    if (this.#own === undefined || !(await this.#declare(connection, this.#own))) return;
    await connection.queueDelete(this.#names.worker);
  }

  /** @returns false if another history has it */
  async #declare(connection: Connection, history: string): Promise<boolean> {
    const declared = connection.queueDeclare({
      queue: this.#names.worker,
      durable: true,
      arguments: {
        "x-queue-type": "quorum",
        "x-expires": this.#leaseMs,
        // Needed beside the key; nothing is ever sent there.
        "x-dead-letter-exchange": this.#names.exchange,
        [historyKey]: history,
      },
    });
    try {
      await answerOf(declared, what);
      this.#why = undefined;
      return true;
    } catch (error) {
      if (isOther(error)) return false;
      throw this.#why === undefined ? error : unavailable(what, this.#why);
    }
  }

  #connected(): Connection {
    const connection = this.#connect();
    const { up, down } = this.#told;
    connection.on("error", (error: unknown) => {
      this.#why = error;
      if (!this.#isClosing) down(error);
    });
    connection.on("connection", () => {
      this.#why = undefined;
      up();
    });
    return connection;
  }
}

const isOther = (error: unknown): boolean =>
  isError(error) &&
  isError(error.cause) &&
  codeOf(error.cause) === "PRECONDITION_FAILED" &&
  error.cause.message.includes(historyKey);
