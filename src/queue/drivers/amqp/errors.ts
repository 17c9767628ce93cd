import { QueueUnavailableError } from "../../../errors.ts";
import { errorText, isError } from "../../../lib/is-error.ts";
import { mostChannels, tooFewChannels } from "./connection/channel-max.ts";

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

/** What went wrong, without the method names that the client puts into its errors. */
export const reasonOf = (error: unknown): string =>
  errorText(error)
    .replace(/^undefined: |(; Basic\w+)+$/g, "")
    .replace(
      tooFewChannels,
      `it gives a connection no more than $1 channels: set channel_max in its configuration to ${mostChannels} or more`,
    );
