import type { StoredMsg } from "@nats-io/jetstream";
import { failedOf } from "../../../../lib/async/settled.ts";
import type { NatsBuffer } from "./buffer.ts";
import type { Held, Seat } from "../answer/held.ts";
import { readMessage } from "../message.ts";
import { storedMessage } from "../answer/stored.ts";
import type { Session } from "../topology/session.ts";

/**
 * Fetches again those of the next messages whose bodies are not here any more. One that is not in the stream either is
 * done.
 *
 * @returns why some did not come; their places stay where they are
 */
export async function refetch(session: Session, buffer: NatsBuffer, max: number): Promise<unknown> {
  const missing = buffer.missing(max);
  const fetched = missing.map(async (kept) => {
    const found = await storedMessage(session, kept.seat.place);
    buffer.fill(kept, found && heldAgain(kept.seat, found));
  });
  return failedOf(await Promise.allSettled(fetched))[0]?.reason;
}

function heldAgain(seat: Seat, { header: headers, data }: StoredMsg): Held {
  return { ...seat, message: readMessage({ headers, data }) };
}
