import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { below, oneIn, seededRandom } from "../../src/lib/random.ts";
import { usualScript } from "../../src/sandbox/index.ts";
import { breachesOf } from "../../torture/oracle/breaches.ts";
import { startTestApp } from "../support/program/app.ts";
import { newestHandled, timesHandled, type Entry } from "../support/program/journal.ts";
import { journaling } from "../support/program/journaling.ts";
import { troubledSandbox } from "../support/sandbox/troubled-sandbox.ts";
import { seedsOf, withSeed } from "../support/seeds.ts";

test.concurrent.each(seedsOf([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]))(
  "a shuffled, repeated stream ends with the newest revision of every message, in order (seed %i)",
  (seed) =>
    withSeed(seed, async () => {
      const random = seededRandom(seed);
      const failsOneIn = 2 + below(random, 8);
      const journal: Entry[] = [];
      const shaky = journaling(
        1,
        (entry) => void journal.push(entry),
        async () => {
          if (oneIn(random, 2)) await sleep(below(random, 4));
          if (oneIn(random, failsOneIn)) throw new Error("Not this time.");
        },
      );
      const env = {
        HOOKWELL_CONCURRENCY: String(2 + below(random, 16)),
        HOOKWELL_MAX_ATTEMPTS: "1000",
      };
      await using app = await startTestApp({ env, handlers: { "*": shaky } });
      await using sandbox = troubledSandbox(app.url, { seed, parallel: 1 + below(random, 4) });

      for (let sent = 0; sent < 60; sent += 1) sandbox.live("message", { script: usualScript });
      await sandbox.settled();
      const stats = await app.settled();

      expect(breachesOf(journal)).toEqual([]);
      const newest = newestHandled(journal);
      expect([...newest.values()]).toEqual(Array.from({ length: 60 }, () => 4));
      expect([...timesHandled(journal).values()].filter((times) => times > 1)).toEqual([]);
      expect(stats.events.handled + stats.events.obsolete).toBe(180);
      expect(stats.events.handled).toBe(timesHandled(journal).size);
      const sent = sandbox.deliveries().flatMap(({ eventIds }) => eventIds);
      expect(stats.duplicates).toBe(sent.length - 180);
    }),
);
