import { below } from "../src/lib/random.ts";
import { chanceOf } from "./chance.ts";
import { planDeliveries, type Delivery } from "../test/support/events/deliveries.ts";
import type { Sending } from "./client/sending.ts";
import type { Fault } from "./fault.ts";
import type { Judgement } from "./oracle/judge.ts";
import type { Violation } from "./oracle/facts.ts";
import type { Stage } from "./stage.ts";

export interface PlayOptions {
  readonly seed: number;
  readonly quick: boolean;
  /** True while another round is to be played, after so many. */
  readonly goesOn: (played: number) => boolean;
  readonly onRound: (report: RoundReport) => void;
}

/** What came of a round. */
export interface RoundReport {
  readonly fault: string;
  readonly round: number;
  readonly tookMs: number;
  /** Events that were acknowledged, in this round. */
  readonly acknowledged: number;
  /** From the end of the fault until the process was ready. */
  readonly readyMs: number;
  /** Because a crash fell between the handler and its settling. */
  readonly handledAgain: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly violations: readonly Violation[];
  /** Where the journal of the handlers is kept, if a promise was broken. */
  readonly journal: string | undefined;
  /** False if events are left that do not settle, so that nothing can be played after it. */
  readonly isSettled: boolean;
}

/** Plays the rounds of a fault, each on what the one before has left, or each on a new stage. */
export async function play(fault: Fault, options: PlayOptions): Promise<void> {
  let played = 0;
  while (options.goesOn(played)) {
    const stageSeed = below(chanceOf(options.seed, fault.name, "stage", played), 2 ** 31);
    await using stage = await fault.open(fault.setting(options.quick), stageSeed);
    stage.start();
    await stage.ready();
    const known: Known = { violations: new Set(), handledAgain: 0, forgotten: 0 };
    let goesOn = true;
    while (goesOn) {
      played += 1;
      const { report, isLast } = await playRound(fault, stage, played, options, known);
      options.onRound(report);
      // On events that do not settle, nothing can be played.
      if (!report.isSettled) return;
      goesOn = !isLast;
    }
  }
}

/** What earlier rounds on the same stage have found: the oracle always looks at all of it. */
interface Known {
  readonly violations: Set<string>;
  handledAgain: number;
  forgotten: number;
}

async function playRound(
  fault: Fault,
  stage: Stage,
  number: number,
  { seed, quick, goesOn }: PlayOptions,
  known: Known,
): Promise<{ readonly report: RoundReport; readonly isLast: boolean }> {
  const startedAt = performance.now();
  const chance = (purpose: string): (() => number) => chanceOf(seed, fault.name, number, purpose);
  const counts: Record<string, number> = {};
  const count = (what: string): void => void (counts[what] = (counts[what] ?? 0) + 1);
  const before = stage.records.acknowledgedCount;
  const deliveries = planDeliveries(stage.setting.load, chance("plan"));
  let sending: Sending | undefined;
  const send = (): Sending => (sending ??= stage.send(deliveries, chance("clients")));
  await fault.strike({ number, quick, stage, random: chance("fault"), send, count });
  const readyMs = await stage.ready();
  await stage.delivered(send());
  const isSettled = await stage.settled();
  const sent = idsOf(deliveries);
  // In the end, the bytes of all rounds.
  const isLast = fault.fresh || !goesOn(number);
  const judgement = await stage.judge((eventId) => isLast || sent.has(eventId));
  const fresh = freshIn(judgement, known);
  const report = {
    fault: fault.name,
    round: number,
    tookMs: performance.now() - startedAt,
    acknowledged: stage.records.acknowledgedCount - before,
    readyMs,
    handledAgain: fresh.handledAgain,
    counts: { ...counts, ...(fresh.forgotten > 0 && { "events forgotten": fresh.forgotten }) },
    violations: fresh.violations,
    journal:
      fresh.violations.length === 0 ? undefined : await stage.folder.keepJournal(`${seed}-${fault.name}`),
    isSettled,
  };
  return { report, isLast };
}

/** What was not known before this round. */
function freshIn({ handledAgain, forgotten, violations }: Judgement, known: Known): Judgement {
  const fresh = {
    handledAgain: handledAgain - known.handledAgain,
    forgotten: forgotten - known.forgotten,
    violations: violations.filter(({ text }) => !known.violations.has(text)),
  };
  Object.assign(known, { handledAgain, forgotten });
  for (const { text } of violations) known.violations.add(text);
  return fresh;
}

const idsOf = (deliveries: readonly Delivery[]): ReadonlySet<string> =>
  new Set(deliveries.flatMap(({ events }) => events.map(({ eventId }) => eventId)));
