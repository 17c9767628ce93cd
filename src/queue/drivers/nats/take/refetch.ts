import type { StoredMsg } from "@nats-io/jetstream";
import { failedOf } from "../../../../lib/settled.ts";
import { storedAtOf } from "../attempts/attempts.ts";
import type { NatsBuffer } from "./buffer.ts";
import { isMessageGone } from "../errors.ts";
import type { Held, Seat } from "../answer/held.ts";
import { readMessage } from "../message.ts";
import type { Session } from "../topology/session.ts";

/**
 * Fetches again those of the next messages whose bodies are not here any more. One that is not in the stream either is
 * done.
 *
 * @returns why some did not come; their places stay where they are
 */
export async function refetch(
  { manager, stream }: Session,
  buffer: NatsBuffer,
  max: number,
): Promise<unknown> {
  const missing = buffer.missing(max);
  const fetched = missing.map(async (kept) => {
    const found = await manager.streams.getMessage(stream, { seq: kept.seat.place.sequence }).catch(ifGone);
    buffer.fill(kept, found === null ? undefined : heldAgain(kept.seat, found));
  });
  return failedOf(await Promise.allSettled(fetched))[0]?.reason;
}

function ifGone(error: unknown): null {
  if (isMessageGone(error)) return null;
  throw error;
}

/** The fetched message; undefined if it is another one, from a stream that was made anew. */
function heldAgain(seat: Seat, { header: headers, data, timestamp }: StoredMsg): Held | undefined {
  if (storedAtOf(timestamp) !== seat.place.storedAt) return undefined;
  return { ...seat, delivery: { ...seat.delivery, message: readMessage({ headers, data }) } };
}
