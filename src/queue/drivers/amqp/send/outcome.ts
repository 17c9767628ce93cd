import { EventsRefusedError, EventTooLargeError, QueueUnavailableError } from "../../../../errors.ts";
import { codeOf } from "../../../../lib/error-code.ts";
import { isError } from "../../../../lib/is-error.ts";
import { failedOf } from "../../../../lib/async/settled.ts";

/** What the server says when a message is too large and it closes the channel on which that came. */
const tooLarge = /larger than (?:configured )?max size (\d+)/;

/** How large a message may be, in bytes; undefined if this error does not say that one was larger. */
export function mostBytesOf(error: unknown): number | undefined {
  const most = isError(error) ? tooLarge.exec(error.message)?.[1] : undefined;
  return most === undefined ? undefined : Number(most);
}

/** The error about messages that the server will never take; undefined if there are none. */
export function tooLargeOf(sizes: readonly number[], mostBytes: number): EventTooLargeError | undefined {
  const places = [...sizes.entries()].flatMap(([place, size]) => (size > mostBytes ? place : []));
  if (places.length === 0) return undefined;
  return new EventTooLargeError(
    `RabbitMQ takes no message of more than ${mostBytes} bytes: raise max_message_size in its configuration.`,
    places,
  );
}

/** The error of all that would be sent while the server has an alarm, whose reason it tells. */
export const noRoomError = (reason: string): QueueUnavailableError =>
  new QueueUnavailableError(
    `RabbitMQ takes no messages until it has more room (${reason}). Give it more: ` +
      "`rabbitmq-diagnostics alarms` names the node that is short of it.",
    { takesNothing: true },
  );

/**
 * The error about messages that the server refused while it stored all others; undefined if more went wrong. It refuses a
 * message as a whole if any queue that should get it refuses, and does not tell which.
 *
 * @param exchange to which other programs bind their queues
 */
export function refusedOf(
  outcomes: readonly PromiseSettledResult<void>[],
  exchange: string,
): EventsRefusedError | undefined {
  const failed = failedOf(outcomes);
  if (failed.length === 0 || !failed.every(({ reason }) => isRefusal(reason))) return undefined;
  return new EventsRefusedError(
    `RabbitMQ refused ${failed.length} of ${outcomes.length} messages: a queue is full, as max-length of a policy says, ` +
      `or one that is bound to the exchange ${exchange} refuses what it has no room for.`,
    failed.map(({ place }) => place),
    { cause: failed[0]?.reason },
  );
}

const isRefusal = (reason: unknown): boolean => codeOf(reason) === "NACK";
