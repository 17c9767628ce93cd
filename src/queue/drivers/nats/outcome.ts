import { EventsRefusedError, EventTooLargeError } from "../../../errors.ts";

/** The server answered that it does not store a message. */
export class NotStoredError extends Error {}

/** Why not all messages of a list are stored; undefined if they are. */
export function failureOf(outcomes: readonly PromiseSettledResult<void>[]): unknown {
  const failed = [...outcomes.entries()].flatMap(([place, outcome]) =>
    outcome.status === "rejected" ? { place, reason: outcome.reason as unknown } : [],
  );
  const [first] = failed;
  if (first === undefined) return undefined;
  const large = failed.filter(({ reason }) => cureOf(reason) !== undefined);
  if (large.length > 0) {
    const [{ reason } = first] = large;
    return new EventTooLargeError(
      `NATS takes no message as large as this one: ${cureOf(reason)}, 16MB is enough.`,
      large.map(({ place }) => place),
      { cause: reason },
    );
  }
  if (!failed.every(({ reason }) => reason instanceof NotStoredError)) return first.reason;
  // It is the stream that is full, and not a shard of it.
  return new EventsRefusedError(
    `NATS refused ${failed.length} of ${outcomes.length} messages: ${(first.reason as Error).message}`,
    failed.map(({ place }) => place),
    { cause: first.reason, takesNothing: true },
  );
}

/** What takes a message that was too large for it; undefined if that was not the reason. */
function cureOf(error: unknown): string | undefined {
  const { message } = error as Error;
  // The client looks at the limit of the server itself; the other one the server tells.
  if (/max_payload/.test(message)) return "raise max_payload in the server's configuration";
  return /message size exceeds/.test(message) ? "raise max_msg_size of its stream" : undefined;
}
