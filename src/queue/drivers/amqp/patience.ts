import { expectWithin } from "../../../lib/async/within.ts";
import { unavailable } from "./errors.ts";

/** How long a call waits for the server, in ms. The sender of the webhooks waits 10 s. */
export const patienceMs = 5_000;

/**
 * The result, unless it comes too late.
 *
 * @param late called if it does; may give a better reason
 * @throws {QueueUnavailableError} if it failed, or comes too late
 */
export async function answerOf<T>(
  result: Promise<T>,
  what: string,
  late: () => Error | undefined = () => undefined,
): Promise<T> {
  try {
    return await expectWithin(
      patienceMs,
      result,
      () => late() ?? new Error(`no answer for ${patienceMs} ms`),
    );
  } catch (cause) {
    throw unavailable(what, cause);
  }
}
