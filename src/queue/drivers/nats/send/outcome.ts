import { EventsRefusedError, EventTooLargeError } from "../../../../errors.ts";
import { failedOf } from "../../../../lib/async/settled.ts";

/** The server's answer that it does not store a message. */
export class NotStoredError extends Error {}

/** Why not all messages of a list are stored; undefined if they are. */
export function failureOf(outcomes: readonly PromiseSettledResult<void>[]): unknown {
  const failed = failedOf(outcomes);
  const [first] = failed;
  if (first === undefined) return undefined;
  const large = failed.filter(({ reason }) => whyTooLarge(reason) !== undefined);
  if (large.length > 0) {
    const [{ reason } = first] = large;
    return new EventTooLargeError(
      `NATS takes no message ${whyTooLarge(reason)}.`,
      large.map(({ place }) => place),
      { cause: reason },
    );
  }
  if (!failed.every(({ reason }) => reason instanceof NotStoredError)) return first.reason;
  // The whole stream is full, not just a shard of it.
  return new EventsRefusedError(
    `NATS refused ${failed.length} of ${outcomes.length} messages: ${(first.reason as Error).message}`,
    failed.map(({ place }) => place),
    { cause: first.reason, takesNothing: true },
  );
}

/** Which part of a message was too large for which limit; undefined if that was not the reason. */
function whyTooLarge(error: unknown): string | undefined {
  const { message } = error as Error;
  // The client itself checks this limit of the server; the server checks the other ones.
  if (/max_payload/.test(message))
    return "as large as this one: raise max_payload in the server's configuration, 16MB is enough";
  if (/message size exceeds/.test(message))
    return "as large as this one: raise max_msg_size of its stream, 16MB is enough";
  return /header size exceeds/.test(message)
    ? "with fields as long as this one has, 64 KB in all: name fewer or shorter ones in `families`"
    : undefined;
}
