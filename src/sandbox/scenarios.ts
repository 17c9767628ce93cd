import { didYouMean } from "../lib/nearest.ts";
import type { Agenda } from "./agenda.ts";
import type { Cancel } from "./clock.ts";
import type { Faults } from "./faults.ts";

/** A change of the faults at a time. */
export interface ScenarioStep {
  /** Ms of the sandbox's clock after the beginning of the round. */
  readonly atMs: number;
  readonly faults: Partial<Faults>;
}

/** Faults with a name. */
export interface Scenario {
  /** What it shows, in a sentence. */
  readonly about: string;
  readonly steps: readonly ScenarioStep[];
  /** The steps begin again after so many ms; without it they happen once. */
  readonly everyMs?: number;
}

const minute = 60_000;

/** One of `scenarios`. */
export type ScenarioName = "storm" | "outage" | "shuffle" | "rotation";

/** The scenarios that `setScenario` and `--scenario` know. */
export const scenarios: Readonly<Record<ScenarioName, Scenario>> = {
  storm: {
    about: "Events come in bursts, some twice and out of order, over connections that break.",
    steps: [
      { atMs: 0, faults: { burstMs: 10_000, duplicate: 0.1, reorder: 0.1, delayMs: 2_000, cut: 0.05 } },
    ],
  },
  outage: {
    about: "Nothing reaches the receiver for 5 minutes out of every 15.",
    steps: [
      { atMs: minute, faults: { outage: true } },
      { atMs: 6 * minute, faults: { outage: false } },
    ],
    everyMs: 15 * minute,
  },
  shuffle: {
    about: "Half of the events are overtaken by later ones, and a third come twice.",
    steps: [{ atMs: 0, faults: { reorder: 0.5, duplicate: 0.33, delayMs: 1_000 } }],
  },
  rotation: {
    about:
      "For 10 minutes after a registration's secret changes, some deliveries are signed with the old one.",
    steps: [{ atMs: 0, faults: { rotationMs: 10 * minute } }],
  },
};

/** @throws {RangeError} names the scenarios that there are */
export function scenarioNamed(name: string): Scenario {
  if (Object.hasOwn(scenarios, name)) return scenarios[name as ScenarioName];
  const known = Object.keys(scenarios);
  throw new RangeError(
    `There is no scenario ${name}.${didYouMean(name, known)} There are: ${known.join(", ")}.`,
  );
}

/**
 * Plays a scenario, in the background: what repeats for ever keeps nobody waiting.
 *
 * @returns ends it; faults stay as they are
 */
export function play(
  { steps, everyMs }: Scenario,
  agenda: Agenda,
  setFaults: (faults: Partial<Faults>) => void,
): Cancel {
  let cancels: readonly Cancel[] = [];
  const round = (): void => {
    const [now, later] = [steps.filter(({ atMs }) => atMs === 0), steps.filter(({ atMs }) => atMs > 0)];
    for (const { faults } of now) setFaults(faults);
    cancels = later.map(({ atMs, faults }) => agenda.inBackground(atMs, () => setFaults(faults)));
    if (everyMs !== undefined) cancels = [...cancels, agenda.inBackground(everyMs, round)];
  };
  round();
  return () => {
    for (const cancel of cancels) cancel();
  };
}
