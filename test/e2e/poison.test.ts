import { expect, test } from "vitest";
import { cutOff } from "../../src/ledger/driver.ts";
import { freshEvent } from "../../src/sandbox/fresh-event.ts";
import type { SampleEvent } from "../../src/sandbox/samples.ts";
import { seededRandom } from "../../src/lib/random.ts";
import { breachesOf } from "../../torture/oracle/breaches.ts";
import { timesBegun } from "../support/program/journal.ts";
import { readJournal, StartFailure, startProgram, type Program } from "../support/program/process.ts";
import { tempFolder } from "../support/temp-folder.ts";

const world = { random: seededRandom(37), now: Date.now };
const maxAttempts = 3;

test.concurrent.each([
  ["at once", "0"],
  ["after a while", "5-20"],
])(
  "a handler that ends the process %s makes a dead letter of its event, and of no other",
  async (_, handlerMs) => {
    await using folder = await tempFolder();
    const { poison, events } = await fill(folder.path);

    let ends = 0;
    for (;;) {
      const started = await startPoisoned(folder.path, poison, handlerMs);
      await using program = started instanceof StartFailure ? undefined : started;
      if (program !== undefined && (await outlives(program))) break;
      ends += 1;
      const cut = started.log.filter(({ fact }) => fact === "event.cut_off");
      expect(cut.map(({ eventId }) => eventId)).toContain(poison);
      expect(ends).toBeLessThan(20);
    }

    await using healthy = await startProgram({ folder: folder.path });
    await healthy.settled();
    const records = await healthy.events();
    const { status, error, attemptLog = [] } = (await healthy.event(poison)) ?? {};
    expect([status, error]).toEqual(["dead", cutOff]);
    expect(new Set(attemptLog.map(({ outcome }) => outcome))).toEqual(new Set(["failed"]));
    // The first end counts for no event, since nobody had written down who was running; each one after it does.
    expect(ends).toBe(maxAttempts + 1);
    const journal = await readJournal(folder.path);
    expect(timesBegun(journal).get(poison)).toBe(ends);
    expect(breachesOf(journal)).toEqual([]);
    const others = events.filter(({ eventId }) => eventId !== poison);
    expect(others.map(({ eventId }) => records.get(eventId)?.status)).toEqual(others.map(() => "handled"));
    // Whom it took along once is kept away from it.
    expect(Math.max(...others.map(({ eventId }) => records.get(eventId)?.attempts ?? 0))).toBeLessThan(
      maxAttempts,
    );
  },
);

/** Brings events into a queue; the one in the middle has others of its state around it. */
async function fill(folder: string): Promise<{ poison: string; events: readonly SampleEvent[] }> {
  const life = ["message.sent", "message.delivered", "message.read"].map((name, revision) =>
    freshEvent(name, { ...world, entityId: "poisoned", revision }),
  );
  const others = Array.from({ length: 120 }, () => freshEvent("message.sent", world));
  const events = [...others.slice(0, 60), ...life, ...others.slice(60)];
  await using receiver = await startProgram({ folder, parts: "receive" });
  await receiver.send(events);
  return { poison: life[1]?.eventId ?? "", events };
}

/** The failure if it ended before it was ready. */
async function startPoisoned(
  folder: string,
  poison: string,
  handlerMs: string,
): Promise<Program | StartFailure> {
  const env = { TEST_POISON: poison, HOOKWELL_MAX_ATTEMPTS: String(maxAttempts) };
  try {
    return await startProgram({ folder, handlerMs, env });
  } catch (error) {
    if (error instanceof StartFailure && error.exit.code === 3) return error;
    throw error;
  }
}

/** True if everything settles; false if a handler ends the process. */
async function outlives(program: Program): Promise<boolean> {
  const settled = program.settled().then(
    () => true,
    () => false,
  );
  const ended = program.exited.then(({ code }) => {
    expect(code).toBe(3);
    return false;
  });
  return Promise.race([settled, ended]);
}
