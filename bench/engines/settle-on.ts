import { setTimeout as sleep } from "node:timers/promises";
import type { Bench } from "../bench.ts";
import { type Hookwell, startHookwell } from "../servers/hookwell.ts";
import { fill } from "../settling.ts";
import { fillPastDays } from "./past-days.ts";
import { untilShared } from "./shared.ts";
import { settingsOf, type Stores } from "./stores.ts";

/** Larger ones would time out in a server that flushes each event by itself. */
const fillBatch = 100;
/** How often to ask whether all is settled, and how long that may take, in ms. */
const [lookMs, patienceMs] = [100, 300_000];

/** What came of it. */
export interface Settled {
  readonly perSecond: number;
  /** Events that a server handed out behind a newer one of the same message, so that they were dropped. */
  readonly obsolete: number;
}

/**
 * Lets some processes of `hookwell process` settle what waits in a server. They have shared it among each other, and
 * all of it waits, before the first of them does anything.
 *
 * @param past events that the ledger has of days before
 */
export async function settleOn(
  bench: Bench,
  { engine, ledger }: Stores,
  processes: number,
  past = 0,
): Promise<Settled> {
  const { folders, plan } = bench;
  await engine.clear();
  if (engine.url !== ledger.url) await ledger.clear();
  const env = {
    ...settingsOf({ engine, ledger }),
    // Events that are handed out while the queue is filled wait in their handler.
    HOOKWELL_HANDLER_TIMEOUT: "10m",
  };
  const places = Array.from({ length: processes + 1 }, () => folders.make());
  const workers: Hookwell[] = [];
  try {
    // One after the other: the first makes the tables.
    for (const place of places.slice(1)) {
      workers.push(await startHookwell("process", place, { handler: "held", env }));
    }
    await untilShared(ledger, processes);
    if (past > 0) await fillPastDays(ledger, past);
    await fill(places[0] ?? "", plan.shared, { env, batch: fillBatch });
    return await settled(workers, plan.shared);
  } finally {
    await Promise.all(workers.map((worker) => worker.stop()));
    for (const place of places) await folders.remove(place);
  }
}

async function settled(workers: readonly Hookwell[], events: number): Promise<Settled> {
  const [first] = workers;
  if (first === undefined) throw new Error("It takes a process to settle anything.");
  const before = (await first.stats()).events.handled;
  const startedAt = performance.now();
  for (const { pid } of workers) process.kill(pid, "SIGUSR2");
  while (performance.now() < startedAt + patienceMs) {
    const { handled, obsolete, dead } = (await first.stats()).events;
    if (dead > 0) throw new Error(`${dead} events failed; none should.`);
    const perSecond = (events * 1_000) / (performance.now() - startedAt);
    // The ledger is asked, not the queue: neither the server nor a worker counts what is on the way between them.
    if (handled - before + obsolete >= events) return { perSecond, obsolete };
    await sleep(lookMs);
  }
  throw new Error(`${events} events were not settled within ${patienceMs / 1_000} s.`);
}
