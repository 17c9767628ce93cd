import { QueueUnavailableError } from "../../../errors.ts";
import type { Message } from "../../../event/message.ts";
import { codeOf } from "../../../lib/error-code.ts";
import { Gather } from "../../../lib/async/gather.ts";
import { copyIn } from "../../../lib/postgres/copy.ts";
import { isCrowded } from "../../../lib/postgres/is-crowded.ts";
import { isFull } from "../../../lib/postgres/is-full.ts";
import { isRefusal } from "../../../lib/postgres/is-refusal.ts";
import { onConnection } from "../../../lib/postgres/on-connection.ts";
import type { Postgres } from "../../../lib/postgres/postgres.ts";
import { sleep } from "../../../lib/async/sleep.ts";
import { sentRow, sentTypes } from "./rows.ts";

/**
 * Sends at the same time, so that several cores of the server work. Fewer, larger ones would be later, hardly cheaper.
 */
const mostSends = 3;
const fullSend = 300;
/**
 * For how long, and how often, in ms, a send asks again for a connection if the server has none left: one of our own is
 * free soon. Otherwise events would go to the disk and back many times a second.
 */
const crowded = { patienceMs: 1_000, pauseMs: 100 };

/** Sends messages, many at once. */
export class PostgresSender {
  readonly #db: Postgres;
  readonly #sends = new Gather((messages: readonly Message[]) => this.#send(messages), {
    calls: mostSends,
    items: fullSend,
  });
  /** When a send was last done. */
  #sentAt = -Infinity;

  constructor(db: Postgres) {
    this.#db = db;
  }

  /**
   * Resolves when all are committed.
   *
   * @throws {QueueUnavailableError} if the server has no room; any other error of the server as it is
   */
  async send(messages: readonly Message[]): Promise<void> {
    await this.#sends.ask(messages);
  }

  async #send(messages: readonly Message[]): Promise<readonly Message[]> {
    const begun = performance.now();
    try {
      await this.#copy(messages);
      this.#sentAt = performance.now();
      return messages;
    } catch (error) {
      const mayBeGone = !isRefusal(error) && !(error instanceof QueueUnavailableError);
      // The server works, but somebody has locked the table, or it is too slow.
      const isGivenUp = codeOf(error) === "57014";
      const hasNoConnection = isCrowded(error) && this.#sentAt < begun;
      // Otherwise waiting sends would fail one after the other, too late for those who wait for an answer.
      if (mayBeGone || isGivenUp || hasNoConnection) this.#sends.refuse(error);
      throw error;
    }
  }

  async #copy(messages: readonly Message[]): Promise<void> {
    const copy = { table: "message", types: sentTypes, rows: messages.map(sentRow) };
    const until = performance.now() + crowded.patienceMs;
    for (;;) {
      try {
        return await onConnection(this.#db.pool, (client) => copyIn(client, this.#db, copy));
      } catch (error) {
        if (isFull(error)) {
          throw new QueueUnavailableError(`PostgreSQL: ${error.message}`, {
            cause: error,
            takesNothing: true,
          });
        }
        if (!isCrowded(error) || performance.now() > until) throw error;
        await sleep(crowded.pauseMs);
      }
    }
  }
}
