import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { below, oneIn } from "../../src/lib/random.ts";
import { chanceOf } from "../chance.ts";
import { planDeliveries } from "../../test/support/events/deliveries.ts";
import type { PlayOptions, RoundReport } from "../play.ts";
import { part, usual, type Setting } from "../setting.ts";
import { Stage } from "../stage.ts";
import type { Trial } from "../trial.ts";
import { outcomeOf } from "./damage-outcome.ts";
import { flipBit, noise, write } from "./tear.ts";

/** Until they are mended, handlers wait for longer than a round lasts, so that events stay in the queue. */
const setting: Setting = {
  ...usual,
  load: part(usual.load, 0.3),
  dishes: [{ misdeed: "hangs", oneIn: 1, attempts: "all" }],
  env: { HOOKWELL_HANDLER_TIMEOUT: "1h" },
  readyMs: 10_000,
};

/**
 * A disk that forgets what was flushed to it: no program can undo that, but it can say so. What must never be is an
 * event that is lost, or given with other bytes, as if nothing had happened.
 */
export const damaged: Trial = {
  name: "damaged",
  about:
    "a page of acknowledged events is destroyed, or a bit changed: the program says so, or nothing needs it",
  rounds: { usual: 8, quick: 2 },
  obstacle: () => undefined,
  play: async (options) => {
    for (let round = 1; options.goesOn(round - 1); round += 1)
      options.onRound(await playRound(round, options));
  },
};

async function playRound(round: number, { seed }: PlayOptions): Promise<RoundReport> {
  const startedAt = performance.now();
  const chance = (purpose: string): (() => number) => chanceOf(seed, "damaged", round, purpose);
  const target = round % 2 === 1 ? "queue.db" : "ledger.db";
  await using stage = await Stage.open(setting, seed);
  const path = join(stage.data, target);
  await fill(stage, target === "ledger.db", chance);
  await damage(path, chance("fault"));
  stage.start();
  const { what, violations } = await outcomeOf(stage, path);
  return {
    fault: "damaged",
    round,
    tookMs: performance.now() - startedAt,
    acknowledged: stage.records.acknowledgedCount,
    readyMs: 0,
    handledAgain: 0,
    counts: { [`${target}: ${what}`]: 1 },
    violations,
    journal: violations.length === 0 ? undefined : await stage.folder.keepJournal(`${seed}-damaged`),
    isSettled: true,
  };
}

/** Acknowledges events, which end in the ledger or wait in the queue. */
async function fill(
  stage: Stage,
  isHandled: boolean,
  chance: (purpose: string) => () => number,
): Promise<void> {
  const deliveries = planDeliveries(setting.load, chance("plan"));
  await stage.folder.mend(isHandled);
  stage.start();
  await stage.ready();
  await stage.delivered(stage.send(deliveries, chance("clients")));
  if (isHandled) await stage.settled();
  await stage.stop("SIGKILL");
  await stage.folder.mend(true);
  for (const { eventId } of deliveries.flatMap(({ events }) => events)) stage.records.mended.add(eventId);
}

/** A page, or a single bit of one, which SQLite does not notice. */
async function damage(path: string, random: () => number): Promise<void> {
  const db = new DatabaseSync(path);
  // After this, everything is in the database file itself.
  db.exec("pragma wal_checkpoint(truncate)");
  const [size, count] = ["page_size", "page_count"].map((name) =>
    Number(db.prepare(`pragma ${name}`).get()?.[name]),
  );
  db.close();
  if (size === undefined || count === undefined) throw new Error(`${path} is no database.`);
  const page = (1 + below(random, count - 1)) * size;
  if (oneIn(random, 2)) await flipBit(path, page + below(random, size), below(random, 8));
  else await write(path, page, noise(size, random));
}
