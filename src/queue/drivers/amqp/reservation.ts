import type { Connection, ConnectionOptions } from "rabbitmq-client";
import { atMost } from "../../../lib/within.ts";
import { reservedBeginMs } from "../../driver.ts";
import { answerOf } from "./patience.ts";

/** How long closing waits for the server, in ms. */
const goodbyeMs = 1_000;
/** With a short heartbeat, so long all the same: one late answer must not end the work; in ms. */
const leastMs = 5_000;

/**
 * The mark of the only history that events of this queue are handled with: a queue that belongs to one connection, and is
 * gone when that ends. On a connection of its own, since a refusal would end what else is on its channel.
 */
export class AmqpReservation {
  readonly #connect: () => Connection;
  readonly #queue: string;
  readonly #heldMs: number;
  #connection: Connection | undefined;
  /** Once another had it: when that one begins nothing any more, though its connection may have broken without its knowing. */
  #freeAt = -Infinity;

  /** @param connect opens a connection with these options */
  constructor(
    connect: (options: ConnectionOptions) => Connection,
    options: ConnectionOptions,
    queue: string,
  ) {
    this.#connect = () => connect(options);
    this.#queue = queue;
    // A server that hears nothing for two heartbeats ends the connection.
    this.#heldMs = Math.max(leastMs, 2_000 * (options.heartbeat ?? 0));
  }

  /** @returns for how many ms; 0 if another has it */
  async take(): Promise<number> {
    this.#connection ??= quiet(this.#connect());
    try {
      const queue = { queue: this.#queue, exclusive: true };
      await answerOf(this.#connection.queueDeclare(queue), "be kept for one worker");
    } catch (error) {
      if (!isLocked(error)) throw error;
      this.#freeAt = Infinity;
      return 0;
    }
    if (this.#freeAt === Infinity) this.#freeAt = performance.now() + reservedBeginMs;
    return performance.now() < this.#freeAt ? 0 : this.#heldMs;
  }

  async close(): Promise<void> {
    const connection = this.#connection;
    if (connection === undefined) return;
    await atMost(goodbyeMs, connection.close());
    connection.unsafeDestroy();
  }
}

/** The other connections tell what is wrong with the server. */
function quiet(connection: Connection): Connection {
  connection.on("error", () => undefined);
  return connection;
}

const isLocked = (error: unknown): boolean =>
  error instanceof Error && error.cause instanceof Error && codeOf(error.cause) === "RESOURCE_LOCKED";

const codeOf = (error: Error): unknown => ("code" in error ? error.code : undefined);
