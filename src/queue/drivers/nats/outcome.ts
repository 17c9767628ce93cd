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
  const large = failed.filter(({ reason }) => isTooLarge(reason));
  if (large.length > 0) {
    return new EventTooLargeError(
      "NATS takes no message as large as this one: raise max_payload in the server's configuration, 16MB is enough.",
      large.map(({ place }) => place),
      { cause: large[0]?.reason },
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

const isTooLarge = (error: unknown): boolean =>
  error instanceof Error && /max_payload|message size exceeds/.test(error.message);
