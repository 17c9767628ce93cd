import { QueueUnavailableError } from "../../../errors.ts";
import type { Message } from "../../../event/message.ts";
import { copyIn } from "../../../lib/postgres/copy.ts";
import { isCrowded } from "../../../lib/postgres/is-crowded.ts";
import { isFull } from "../../../lib/postgres/is-full.ts";
import { onConnection } from "../../../lib/postgres/on-connection.ts";
import type { Postgres } from "../../../lib/postgres/postgres.ts";
import { sleep } from "../../../lib/sleep.ts";
import { sentRow, sentTypes } from "./rows.ts";

/**
 * For how long, and how often, in ms, a send asks again for a connection if the server has none left: one of our own is
 * free soon. Otherwise events would go to the disk and back many times a second.
 */
const crowded = { patienceMs: 1_000, pauseMs: 100 };

/**
 * Resolves when all are committed.
 *
 * @throws {QueueUnavailableError} if the server has no room; any other error of the server as it is
 */
export async function sendMessages(db: Postgres, messages: readonly Message[]): Promise<void> {
  const copy = { table: "message", types: sentTypes, rows: messages.map(sentRow) };
  const until = performance.now() + crowded.patienceMs;
  for (;;) {
    try {
      return await onConnection(db.pool, (client) => copyIn(client, db, copy));
    } catch (error) {
      if (isFull(error)) {
        throw new QueueUnavailableError(`PostgreSQL: ${error.message}`, { cause: error, takesNothing: true });
      }
      if (!isCrowded(error) || performance.now() > until) throw error;
      await sleep(crowded.pauseMs);
    }
  }
}
