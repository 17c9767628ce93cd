import { setTimeout as sleep } from "node:timers/promises";
import type { Answer } from "../program/client.ts";
import type { Delivery } from "./deliveries.ts";

/** Waits between two tries of one delivery, and between two deliveries of a client, in ms. */
const againMs = 20;
const pauseMs = 5;

export interface Sender {
  /** Tries that were not acknowledged: refused, cut off, or answered with 503. */
  readonly failures: number;
  /** Resolves when so many deliveries are acknowledged. */
  acknowledged(count: number): Promise<void>;
  /** Resolves when all are. */
  readonly done: Promise<void>;
}

/**
 * Posts deliveries as the sender does: several at a time, each until it is acknowledged.
 *
 * @param post sends a body to wherever the receiver is by now
 */
export function startSending(
  deliveries: readonly Delivery[],
  clients: number,
  post: (body: string) => Promise<Answer>,
): Sender {
  const left = [...deliveries];
  const waiting = new Set<{ readonly count: number; readonly resolve: () => void }>();
  let acknowledged = 0;
  let failures = 0;
  const tell = (): void => {
    for (const waiter of waiting) if (acknowledged >= waiter.count) waiter.resolve();
  };
  const oneClient = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const { body } = next;
      while (!(await accepts(() => post(body)))) {
        failures += 1;
        await sleep(againMs);
      }
      acknowledged += 1;
      tell();
      await sleep(pauseMs);
    }
  };
  return {
    get failures() {
      return failures;
    },
    acknowledged: (count) =>
      new Promise((resolve) => {
        waiting.add({ count, resolve });
        tell();
      }),
    done: Promise.all(Array.from({ length: clients }, oneClient)).then(() => undefined),
  };
}

/** @throws {Error} if the answer tells the sender never to try again */
async function accepts(post: () => Promise<Answer>): Promise<boolean> {
  const status = await post().then(
    (answer) => answer.status,
    () => 0, // Nobody there, or the connection was cut.
  );
  if (status >= 400 && status < 500) throw new Error(`A good delivery was refused with ${status}.`);
  return status === 200;
}
