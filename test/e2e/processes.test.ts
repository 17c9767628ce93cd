import { join } from "node:path";
import { expect, test } from "vitest";
import { openLedger } from "../../src/ledger/open-ledger.ts";
import { sleep } from "../../src/lib/async/sleep.ts";
import { freshEvent } from "../../src/sandbox/fresh-event.ts";
import { usualScript } from "../../src/sandbox/index.ts";
import type { SampleEvent } from "../../src/sandbox/samples.ts";
import { eventually, promptly, timed } from "../../src/testing/eventually.ts";
import { seededRandom } from "../../src/lib/random.ts";
import { breachesOf } from "../../torture/oracle/breaches.ts";
import { newestHandled, timesBegun } from "../support/program/journal.ts";
import { readJournal, StartFailure, startProgram, type Program } from "../support/program/process.ts";
import { ask } from "../support/network/raw-http.ts";
import { troubledSandbox } from "../support/sandbox/troubled-sandbox.ts";
import { tempFolder } from "../support/temp-folder.ts";

const world = { random: seededRandom(29), now: Date.now };
const anEvent = (): SampleEvent => freshEvent("message.sent", world);

test.concurrent("what one process receives another one handles, soon", async () => {
  await using folder = await tempFolder();
  await using receiver = await startProgram({ folder: folder.path, parts: "receive" });
  await using processor = await startProgram({ folder: folder.path, parts: "process" });

  await promptly(4_500, async () => {
    const event = anEvent();
    expect((await receiver.send(event)).json).toEqual({ accepted: 1 });
    const { ms } = await timed(() =>
      eventually(async () => expect((await processor.event(event.eventId))?.status).toBe("handled")),
    );
    return ms;
  });

  expect((await ask(processor.url, { body: JSON.stringify(anEvent()) })).status).toBe(404);
});

test.concurrent("a second process for the events of one folder does not start, and says why", async () => {
  await using folder = await tempFolder();
  await using _first = await startProgram({ folder: folder.path, parts: "process" });

  const second = await startProgram({ folder: folder.path, parts: "process" }).catch(
    (error: unknown) => error,
  );

  expect(second).toBeInstanceOf(StartFailure);
  const { exit, log } = second as StartFailure;
  expect(exit.code).toBe(2);
  expect(log).toMatchObject([{ fact: "start.failed", code: "DATA_IN_USE" }]);
});

test.concurrent("a start waits for a command that has the history open", async () => {
  await using folder = await tempFolder();
  const first = await startProgram({ folder: folder.path });
  await first.kill();
  const command = await openLedger("sqlite:", join(folder.path, "data"));
  // Longer than a start takes that finds another server.
  const ends = sleep(4_000).then(() => command.close());

  await using second = await startProgram({ folder: folder.path });

  expect((await second.send(anEvent())).status).toBe(200);
  await ends;
});

test.concurrent("kill -9 of the processing half loses nothing, and its events are taken up at once", async () => {
  await using folder = await tempFolder();
  const options = { folder: folder.path, handlerMs: "40-60" };
  await using receiver = await startProgram({ ...options, parts: "receive" });
  await using sandbox = troubledSandbox(receiver.url);
  for (let sent = 0; sent < 200; sent += 1) sandbox.live("message", { script: usualScript });

  for (const crash of [1, 2]) {
    await using processor = await startProgram({ ...options, parts: "process" });
    await eventually(async () => {
      expect((await readJournal(folder.path)).length).toBeGreaterThan(crash * 150);
    });
    await eventually(async () => expect(await underWay(folder.path, processor)).toBeGreaterThan(8));
    await processor.kill();
  }
  await using last = await startProgram({ ...options, parts: "process" });
  const { ms } = await timed(() => Promise.all([sandbox.settled(), last.settled()]));

  // The leases of the dead would have lasted for 30 s.
  expect(ms).toBeLessThan(25_000);
  expect(new Set(sandbox.deliveries().map(({ status }) => status))).toEqual(new Set([200]));
  const journal = await readJournal(folder.path);
  expect(breachesOf(journal)).toEqual([]);
  expect([...newestHandled(journal).values()]).toEqual(Array.from({ length: 200 }, () => 4));
  // The kills met handlers that ran, and those ran again.
  expect([...timesBegun(journal).values()].filter((times) => times > 1)).not.toEqual([]);
});

test.concurrent("kill -9 of the receiving half leaves the processing half at work", async () => {
  await using folder = await tempFolder();
  await using processor = await startProgram({ folder: folder.path, parts: "process" });
  const events = [anEvent(), anEvent(), anEvent()];

  for (const event of events) {
    await using receiver = await startProgram({ folder: folder.path, parts: "receive" });
    expect((await receiver.send(event)).status).toBe(200);
    await receiver.kill();
  }

  await eventually(async () => {
    const stats = await processor.stats();
    expect(stats.events.handled).toBe(3);
  });
});

/** How many handlers of this program have begun and not ended. */
async function underWay(folder: string, { pid }: Program): Promise<number> {
  const own = (await readJournal(folder)).filter(({ generation }) => generation === pid);
  const begun = own.filter(({ kind }) => kind === "begin").length;
  return begun - (own.length - begun);
}
