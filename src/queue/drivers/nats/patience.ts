import { QueueUnavailableError } from "../../../errors.ts";
import { expectWithin } from "../../../lib/async/within.ts";

/** How long any call may take that does not wait for messages, in ms. */
const mostMs = 4_900;

/** @throws {QueueUnavailableError} if the call takes longer; it goes on, but its result is ignored */
export const answerOf = <T>(call: Promise<T>, ms: number = mostMs): Promise<T> =>
  expectWithin(ms, call, () => new QueueUnavailableError("NATS does not answer in time."));
