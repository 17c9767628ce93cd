import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { eventually } from "../../src/testing/eventually.ts";
import { below, pick, seededRandom } from "../../src/lib/random.ts";
import { freshEvent } from "../../src/sandbox/fresh-event.ts";
import { written } from "../../src/sandbox/index.ts";
import { usualLife } from "../../src/sandbox/lives/message.ts";
import { sampleNames, type SampleEvent } from "../../src/sandbox/samples.ts";
import { breachesOf } from "../../torture/oracle/breaches.ts";
import { freePort } from "../support/network/free-port.ts";
import { newestHandled, timesBegun } from "../support/program/journal.ts";
import { orderKeyOf } from "../support/program/journaling.ts";
import { readJournal, startProgram, type Program } from "../support/program/process.ts";
import { troubledSandbox } from "../support/sandbox/troubled-sandbox.ts";
import { seedsOf, withSeed } from "../support/seeds.ts";
import { tempFolder } from "../support/temp-folder.ts";

const crashes = 5;
/** Handlers that run at a time, as is the default. */
const slots = 16;

test.each(seedsOf([20_260_701]))("kill -9 under load loses nothing and breaks no order (seed %i)", (seed) =>
  withSeed(seed, async () => {
    await using folder = await tempFolder();
    const env = { PORT: await freePort() };
    // So long that each crash meets some of them, also where little else is slow.
    const start = (): Promise<Program> => startProgram({ folder: folder.path, handlerMs: "0-8", env });
    const random = seededRandom(seed);
    const world = { random, now: Date.now };
    const lives = Array.from({ length: 500 }, () => usualLife({}, world)).flat();
    const others = Array.from({ length: 100 }, () => freshEvent(pick(random, sampleNames) ?? "", world));
    const events = [...lives, ...others];
    let program = await start();
    await using _last = { [Symbol.asyncDispose]: () => program.kill() };

    await using sandbox = troubledSandbox(program.url, { seed });
    sandbox.emitWritten(events.map((event) => ({ ...written(event), text: textOf(event) })));
    const sent = sandbox.pending();
    for (let crash = 1; crash <= crashes; crash += 1) {
      const left = sent * (1 - crash / (crashes + 1)) - below(random, 10);
      await eventually(() => expect(sandbox.pending()).toBeLessThan(left), 60_000);
      await progress(folder.path, program, 1 + below(random, 150));
      await sleep(below(random, 5));
      await program.kill();
      program = await start();
    }
    await sandbox.settled();
    await program.settled();

    for (const event of events) {
      expect(Buffer.from((await program.body(event.eventId)) ?? []).toString()).toBe(textOf(event));
    }
    // However often a handler ran: in the ledger an event came to its end once. A run that a crash cut off counts only if
    // its start was written down. That is done for events that were under way at an earlier crash; so each crash but the
    // first adds at most, for each slot, one run and one that had ended but was not written down yet.
    const records = [...(await program.events()).values()];
    const ends = records.map(({ status, attempts }) => ({
      status,
      cutOff: attempts - (status === "handled" ? 1 : 0),
    }));
    expect([...new Set(ends.map(({ status }) => status))].sort()).toEqual(["handled", "obsolete"]);
    const cutOffs = ends.map(({ cutOff }) => cutOff);
    expect(Math.min(...cutOffs)).toBe(0);
    expect(Math.max(...cutOffs)).toBeLessThan(crashes);
    expect(cutOffs.reduce((sum, cutOff) => sum + cutOff)).toBeLessThanOrEqual((crashes - 1) * slots * 2);
    expect(records.length).toBe(events.length);
    const journal = await readJournal(folder.path);
    expect(breachesOf(journal)).toEqual([]);
    const newest = newestHandled(journal);
    const older = (event: SampleEvent): boolean =>
      (newest.get(orderKeyOf(event)) ?? -1) < (event.revision ?? -1);
    expect(events.filter(older)).toEqual([]);
    // Else no crash met anything under way, and all of this proves nothing.
    expect(sandbox.deliveries().map(({ attempt }) => attempt)).toContain(2);
    expect([...timesBegun(journal).values()].filter((times) => times > 1)).not.toEqual([]);
  }),
);

/** With white space, which is the sender's own affair and must come through. */
const textOf = (event: SampleEvent): string => JSON.stringify(event, null, "\t");

/** Waits until the program has written so many lines. */
function progress(folder: string, { pid }: Program, lines: number): Promise<void> {
  return eventually(async () => {
    const written = (await readJournal(folder)).filter(({ generation }) => generation === pid).length;
    if (written < lines) throw new Error(`The handlers wrote ${written} lines only.`);
  });
}
