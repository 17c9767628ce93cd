import type { Message } from "../../../src/event/message.ts";
import type { LedgerDriver } from "../../../src/ledger/driver.ts";
import type { Handler } from "../../../src/process/handlers.ts";
import type { Delivery, QueueDriver } from "../../../src/queue/driver.ts";
import { aMessage } from "../../../src/testing/builders.ts";
import { chaosQueue } from "../../../src/testing/chaos.ts";
import { opened } from "../../../src/testing/queue-driver/harness.ts";

/** Options of a chaos driver without any chaos, around which a test puts a method of its own. */
export const calm = { random: (): number => 0 };

/** Event id → how often it was handed out before, to processes that ended. */
export type CutOffs = Readonly<Record<string, number>>;

/** A queue that has handed some events out before. */
export function cutOffBefore(cutOffs: CutOffs): (driver: QueueDriver) => QueueDriver {
  const before = (delivery: Delivery): number => cutOffs[opened(delivery).eventId] ?? 0;
  return (driver) => ({
    ...chaosQueue(driver, calm),
    receive: async (max, signal) => {
      const deliveries = await driver.receive(max, signal);
      return deliveries.map((one) => ({ ...one, attempt: one.attempt + before(one) }));
    },
    retry: (delivery, { delayMs, attempt }) =>
      driver.retry(delivery, { delayMs, attempt: attempt - before(delivery) }),
  });
}

/** Runs that were written down before they ended their process. */
export async function runsThatEnded(ledger: LedgerDriver, message: Message, count: number): Promise<void> {
  for (let run = 0; run < count; run += 1) {
    await ledger.admit([message]);
    await ledger.begin(message, 1_000);
  }
}

/** An event for each id, of different states. */
export const named = (...ids: readonly string[]): readonly Message[] =>
  ids.map((eventId) => aMessage({ eventId }));

/** Runs that last until their event is let through. */
export interface Gates {
  readonly handler: Handler;
  /** Events whose handler runs, sorted by their ids. */
  readonly running: () => readonly string[];
  readonly end: (...eventIds: readonly string[]) => void;
}

export function gates(): Gates {
  const open = new Map<string, () => void>();
  return {
    handler: ({ eventId }) => new Promise<void>((resolve) => open.set(eventId, resolve)),
    running: () => [...open.keys()].sort(),
    end: (...eventIds) => {
      for (const eventId of eventIds) {
        open.get(eventId)?.();
        open.delete(eventId);
      }
    },
  };
}
