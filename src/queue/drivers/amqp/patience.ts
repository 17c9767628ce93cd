import { QueueUnavailableError } from "../../../errors.ts";
import { errorText, isError } from "../../../lib/is-error.ts";
import { expectWithin } from "../../../lib/within.ts";

/** How long a call waits for the server, in ms. The sender of the webhooks waits 10 s. */
const patienceMs = 5_000;

/**
 * The result, unless it comes too late.
 *
 * @throws {QueueUnavailableError} if it failed, or `ms` have passed
 */
export async function answerOf<T>(result: Promise<T>, what: string, ms: number = patienceMs): Promise<T> {
  try {
    return await expectWithin(ms, result, () => new Error(`no answer for ${ms} ms`));
  } catch (cause) {
    throw unavailable(what, cause);
  }
}

export function unavailable(what: string, cause: unknown): QueueUnavailableError {
  if (cause instanceof QueueUnavailableError) return cause;
  const reason = reasonOf(cause);
  const isWhole = isError(cause) && cause.message === reason;
  // Who writes it down tells the cause too, unless it says the same.
  return new QueueUnavailableError(`RabbitMQ cannot ${what}: ${reason}`, {
    cause: isWhole ? cause : new Error(reason, { cause }),
  });
}

/** What went wrong, without the names of methods: of one that the client does not know, or of each that it could not say. */
export const reasonOf = (error: unknown): string =>
  errorText(error).replace(/^undefined: |(; Basic\w+)+$/g, "");

/** Lets everything happen first that the client has put off to the next turn: its events and its messages. */
export const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
