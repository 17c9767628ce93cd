import { sleep } from "../../lib/async/sleep.ts";
import type { Mood } from "./demo-handlers.ts";
import type { DemoSender } from "./demo-sender.ts";
import type { DemoView } from "./demo-view.ts";
import type { Feed } from "./feed.ts";
import { type Step, tour } from "./tour.ts";

/** What a step waits for takes about a second. Chance may keep it away; after this, in ms, the step is taken again. */
const patienceMs = 2_500;
const mostTries = 3;
/** From one SMS to the next after the tour, in ms, and how the handler takes one after the other. */
const everyMs = 2_000;
const moods: readonly Mood[] = ["works", "works", "fails once", "works", "works", "works", "fails for good"];

export interface Guided {
  readonly sender: DemoSender;
  readonly feed: Feed;
  readonly view: DemoView;
}

/** Takes a newcomer along the tour, then keeps messages flowing until the signal aborts. */
export async function guide(guided: Guided, signal: AbortSignal): Promise<void> {
  for (const [index, step] of tour.entries()) {
    if (signal.aborted) return;
    guided.view.step(index + 1, step.says);
    await take(step, guided, signal);
  }
  for (let sent = 0; !signal.aborted; sent += 1) {
    await guided.sender.sendSms(moods[sent % moods.length] ?? "works");
    await sleep(everyMs, signal);
  }
}

async function take({ act, until }: Step, { sender, feed }: Guided, signal: AbortSignal): Promise<void> {
  for (let tries = 0; tries < mostTries && !signal.aborted; tries += 1) {
    // Waited for from now on: it may happen before the call has its answer.
    const seen = until === undefined ? true : feed.next(until, patienceMs, signal);
    await act?.(sender);
    if (await seen) return;
  }
}
