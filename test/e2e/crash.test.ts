import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { eventually } from "../../src/testing/eventually.ts";
import { below, seededRandom } from "../../src/lib/random.ts";
import { breachesOf } from "../../torture/oracle/breaches.ts";
import { planDeliveries, type SentEvent } from "../support/events/deliveries.ts";
import { newestHandled, timesBegun } from "../support/program/journal.ts";
import { hashOf } from "../support/program/journaling.ts";
import { readJournal, startProgram, type Program } from "../support/program/process.ts";
import { seedsOf, withSeed } from "../support/seeds.ts";
import { startSending } from "../support/events/sender.ts";
import { tempFolder } from "../support/temp-folder.ts";

const crashes = 5;
/** Handlers that run at a time, as is the default. */
const slots = 16;

test.each(seedsOf([20_260_701]))("kill -9 under load loses nothing and breaks no order (seed %i)", (seed) =>
  withSeed(seed, async () => {
    await using folder = await tempFolder();
    // So long that each crash meets some of them, also where little else is slow.
    const start = (): Promise<Program> => startProgram({ folder: folder.path, handlerMs: "0-8" });
    const random = seededRandom(seed);
    const load = { messages: 500, others: 100, repeatOneIn: 4, mostInArray: 20 };
    const deliveries = planDeliveries(load, random);
    let program = await start();
    await using _last = { [Symbol.asyncDispose]: () => program.kill() };

    const sender = startSending(deliveries, 6, (body) => program.send(body));
    for (let crash = 1; crash <= crashes; crash += 1) {
      const share = (deliveries.length * crash) / (crashes + 1);
      await sender.acknowledged(Math.floor(share) + below(random, 10));
      await progress(folder.path, program, 1 + below(random, 150));
      await sleep(below(random, 5));
      await program.kill();
      program = await start();
    }
    await sender.done;
    await program.settled();

    const events = new Map(
      deliveries.flatMap((delivery) => delivery.events).map((one) => [one.eventId, one]),
    );
    for (const { eventId, hash } of events.values()) {
      expect(hashOf((await program.body(eventId)) ?? Buffer.alloc(0))).toBe(hash);
    }
    // However often a handler ran: in the ledger an event came to its end once. A run that a crash cut off counts only if
    // its start was written down. That is done for events that were under way at an earlier crash; so each crash but the
    // first adds one run for each slot at most.
    const records = [...(await program.events()).values()];
    const ends = records.map(({ status, attempts }) => ({
      status,
      cutOff: attempts - (status === "handled" ? 1 : 0),
    }));
    expect([...new Set(ends.map(({ status }) => status))].sort()).toEqual(["handled", "obsolete"]);
    const cutOffs = ends.map(({ cutOff }) => cutOff);
    expect(Math.min(...cutOffs)).toBe(0);
    expect(Math.max(...cutOffs)).toBeLessThan(crashes);
    expect(cutOffs.reduce((sum, cutOff) => sum + cutOff)).toBeLessThanOrEqual((crashes - 1) * slots);
    expect(records.length).toBe(events.size);
    const journal = await readJournal(folder.path);
    expect(breachesOf(journal)).toEqual([]);
    const newest = newestHandled(journal);
    const older = ({ state, revision }: SentEvent): boolean => (newest.get(state) ?? -1) < (revision ?? -1);
    expect([...events.values()].filter(older)).toEqual([]);
    // Else no crash met anything under way, and all of this proves nothing.
    expect(sender.failures).toBeGreaterThan(0);
    expect([...timesBegun(journal).values()].filter((times) => times > 1)).not.toEqual([]);
  }),
);

/** Waits until the program has written so many lines. */
function progress(folder: string, { pid }: Program, lines: number): Promise<void> {
  return eventually(async () => {
    const written = (await readJournal(folder)).filter(({ generation }) => generation === pid).length;
    if (written < lines) throw new Error(`The handlers wrote ${written} lines only.`);
  });
}
