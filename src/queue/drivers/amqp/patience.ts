import { QueueUnavailableError } from "../../../errors.ts";
import { errorText, isError } from "../../../lib/is-error.ts";
import { expectWithin } from "../../../lib/within.ts";
import { sharedShards } from "../../driver.ts";

/** How long a call waits for the server, in ms. The sender of the webhooks waits 10 s. */
export const patienceMs = 5_000;

/**
 * The result, unless it comes too late.
 *
 * @throws {QueueUnavailableError} if it failed, or comes too late
 */
export async function answerOf<T>(result: Promise<T>, what: string): Promise<T> {
  try {
    return await expectWithin(patienceMs, result, () => new Error(`no answer for ${patienceMs} ms`));
  } catch (cause) {
    throw unavailable(what, cause);
  }
}

export function unavailable(what: string, cause: unknown): QueueUnavailableError {
  if (cause instanceof QueueUnavailableError) return cause;
  // A log would show the cause too, so it is left out if it says the same.
  return new QueueUnavailableError(`RabbitMQ cannot ${what}: ${reasonOf(cause)}`, { cause: plain(cause) });
}

/** An error of the client, or one that says the same as plainly as `reasonOf`. */
export function plain(error: unknown): unknown {
  const reason = reasonOf(error);
  return isError(error) && error.message === reason ? error : new Error(reason, { cause: error });
}

/** What the client says when the server gives its connection no more channels, and how many it has given. */
export const tooFewChannels: RegExp = /^maximum number of AMQP Channels already opened \((\d+)\)$/;
/**
 * How many channels ask at a time: on each of them, only one question is under way, and a server far away takes a while
 * for each answer.
 */
export const channelsAtOnce = 8;
/** How many channels the connection of a worker needs: for the shards, to count, and to keep the queue. */
const mostChannels = sharedShards + channelsAtOnce + 1;

/** What went wrong, without the method names that the client puts into its errors. */
export const reasonOf = (error: unknown): string =>
  errorText(error)
    .replace(/^undefined: |(; Basic\w+)+$/g, "")
    .replace(
      tooFewChannels,
      `it gives a connection no more than $1 channels: set channel_max in its configuration to ${mostChannels} or more`,
    );

/** Resolves after all events and messages that the client has put off to the next turn. */
export const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
