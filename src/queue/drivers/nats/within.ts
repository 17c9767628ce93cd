import { QueueUnavailableError } from "../../../errors.ts";

/** How long any call may take that does not wait for messages, in ms. */
const mostMs = 4_900;

/** @throws {QueueUnavailableError} if the call takes longer; it goes on, and nobody hears of it */
export async function within<T>(call: Promise<T>, ms: number = mostMs): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new QueueUnavailableError("NATS does not answer in time.")), ms);
  try {
    return await Promise.race([call, promise]);
  } finally {
    clearTimeout(timer);
  }
}
