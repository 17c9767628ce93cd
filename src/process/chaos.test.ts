import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { seedsOf, withSeed } from "../../test/support/seeds.ts";
import { shuffled } from "../../test/support/events/deliveries.ts";
import { startProcessor } from "../../test/support/processing/processor.ts";
import type { Message } from "../event/message.ts";
import { aMessage } from "../testing/builders.ts";
import { chaosLedger, chaosQueue } from "../testing/chaos.ts";
import { repeatOf } from "../testing/ledger-driver/harness.ts";
import { oneIn, seededRandom } from "../lib/random.ts";

/** Lives of messages, shuffled, with repeats; and events that are never obsolete. */
function planMessages(random: () => number): readonly Message[] {
  const lives = Array.from({ length: 12 }, (_, entity) =>
    [0, 1, 2].map((revision) => aMessage({ entity: `message:${entity}`, revision })),
  ).flat();
  const clicks = Array.from({ length: 8 }, () => aMessage({ state: null, revision: null }));
  const once = [...lives, ...clicks];
  return shuffled([...once, ...once.filter(() => oneIn(random, 3)).map(repeatOf)], random);
}

// Most of the time goes by in waits, so the tests may do it together.
const chaosSeeds = seedsOf([1, 2]);

test.concurrent.each(chaosSeeds)(
  "every event settles once, in order, through engines that fail, forget to answer and lag (seed %i)",
  (seed) =>
    withSeed(seed, async () => {
      const random = seededRandom(seed);
      const messages = planMessages(random);
      const order = new Map<string, number[]>();
      await using app = startProcessor({
        handlers: async ({ entity, revision }) => {
          await sleep(random() * 3);
          order.set(entity, [...(order.get(entity) ?? []), revision ?? 0]);
        },
        leaseMs: 150,
        wrapQueue: (driver) => chaosQueue(driver, { random, failOneIn: 8, loseOneIn: 12, delayMs: 3 }),
        wrapLedger: (driver) => chaosLedger(driver, { random, failOneIn: 8, delayMs: 3 }),
      });

      await app.put(...messages);
      await app.settled(20_000);

      const { events } = await app.ledger.stats();
      expect(events).toMatchObject({ pending: 0, retrying: 0, dead: 0 });
      expect(events.handled + events.obsolete).toBe(12 * 3 + 8);
      // A handler runs twice only if its outcome was never written down, and here it always is in the end.
      expect(new Set(app.handled).size).toBe(app.handled.length);
      expect(app.handled).toHaveLength(events.handled);
      for (const revisions of order.values()) expect(revisions).toEqual(revisions.toSorted((a, b) => a - b));
      for (let entity = 0; entity < 12; entity += 1) {
        expect(order.get(`message:${entity}`)?.at(-1)).toBe(2);
      }
    }),
  60_000,
);

test.concurrent.each(chaosSeeds)(
  "a handler that fails now and then loses nothing, and what fails for good is a dead letter (seed %i)",
  (seed) =>
    withSeed(seed, async () => {
      const random = seededRandom(seed);
      const messages = Array.from({ length: 40 }, (_, index) => aMessage({ eventId: `${index}` }));
      const isHopeless = (eventId: string): boolean => Number(eventId) % 8 === 0;
      await using app = startProcessor({
        handlers: ({ eventId }) => {
          if (isHopeless(eventId) || oneIn(random, 3)) throw new Error("broken");
        },
        maxAttempts: 12,
        wrapQueue: (driver) => chaosQueue(driver, { random, failOneIn: 10, delayMs: 2 }),
      });

      await app.put(...messages);
      await app.settled(20_000);

      const { events } = await app.ledger.stats();
      expect(events).toEqual({ pending: 0, retrying: 0, obsolete: 0, handled: 35, dead: 5 });
      for (const message of messages.filter(({ eventId }) => isHopeless(eventId))) {
        const { attempts, attemptLog } = (await app.detail(message)) ?? {};
        expect([attempts, attemptLog?.length]).toEqual([12, 12]);
      }
    }),
  60_000,
);
