import { didYouMean } from "../lib/nearest.ts";

/** Troubles that the sandbox makes on purpose. Shares are from 0 to 1 and count deliveries (or events, where said). */
export interface Faults {
  /** Share of the events that are delivered a second time, later. */
  readonly duplicate: number;
  /** Share of the events that wait so that later ones overtake them. */
  readonly reorder: number;
  /** Each delivery waits up to this long first, in ms. */
  readonly delayMs: number;
  /** Share of the deliveries that are signed with a wrong secret. */
  readonly wrongSignature: number;
  /** Share of the deliveries whose connection is cut in the middle of the body. */
  readonly cut: number;
  /** Share of the deliveries whose body is sent slowly, over `slowBodyMs`. */
  readonly slowBody: number;
  readonly slowBodyMs: number;
  /** While true nothing reaches the receiver: each attempt fails like a refused connection. */
  readonly outage: boolean;
  /** Each event is held back, and all are sent together every so many ms; 0 is off. */
  readonly burstMs: number;
  /** After a change of a registration's secret, deliveries are signed in turn with the new and the old one for so long. */
  readonly rotationMs: number;
}

/** A sandbox without troubles. */
export const noFaults: Faults = {
  duplicate: 0,
  reorder: 0,
  delayMs: 0,
  wrongSignature: 0,
  cut: 0,
  slowBody: 0,
  slowBodyMs: 5_000,
  outage: false,
  burstMs: 0,
  rotationMs: 0,
};

/**
 * Faults as somebody gives them: known names, switches as switches, shares from 0 to 1 and times in ms.
 *
 * @throws {RangeError} one sentence, which names the fault and what it may be
 */
export function checkedFaults(given: Readonly<Record<string, unknown>>): Partial<Faults> {
  for (const [name, value] of Object.entries(given)) checkFault(name, value);
  return given;
}

function checkFault(name: string, value: unknown): void {
  if (!Object.hasOwn(noFaults, name)) {
    const known = Object.keys(noFaults);
    throw new RangeError(
      `There is no fault ${name}.${didYouMean(name, known)} There are: ${known.join(", ")}.`,
    );
  }
  if (typeof noFaults[name as keyof Faults] === "boolean") {
    if (typeof value !== "boolean") throw new RangeError(`The fault ${name} is true or false.`);
    return;
  }
  const most = name.endsWith("Ms") ? Infinity : 1;
  if (typeof value === "number" && value >= 0 && value <= most) return;
  const range = most === 1 ? "a share from 0 to 1" : "a time in ms, 0 or more";
  throw new RangeError(`The fault ${name} is ${range}.`);
}

/** A repeat comes within this time, as it does when an answer was lost. */
const repeatWithinMs = 60_000;

/** An event that is to be overtaken waits up to this long. */
const overtakenWithinMs = 30_000;

/** When each copy of a new event goes out, in ms from now. Usually one copy, at once. */
export function copiesOf(faults: Faults, random: () => number, now: number): readonly number[] {
  const heldMs = faults.burstMs > 0 ? faults.burstMs - (now % faults.burstMs) : 0;
  const first = heldMs + (random() < faults.reorder ? random() * overtakenWithinMs : 0);
  return random() < faults.duplicate ? [first, first + 1 + random() * repeatWithinMs] : [first];
}

/** The troubles of one delivery. */
export interface Trouble {
  readonly waitMs: number;
  readonly wrongSignature: boolean;
  readonly cut: boolean;
  readonly slowMs: number;
  readonly outage: boolean;
  readonly names: readonly (keyof Faults)[];
}

/** Decides which troubles an attempt has; the same numbers give the same troubles. */
export function troubleOf(faults: Faults, random: () => number): Trouble {
  const waitMs = Math.round(random() * faults.delayMs);
  // Always as many numbers, so that turning on one fault leaves the choices of the others as they were.
  const [wrongSignature, cut, slowBody] = [
    random() < faults.wrongSignature,
    random() < faults.cut,
    random() < faults.slowBody,
  ];
  const { outage } = faults;
  const met = { delayMs: waitMs > 0, wrongSignature, cut, slowBody, outage };
  const names = (Object.keys(met) as (keyof typeof met)[]).filter((name) => met[name]);
  return { waitMs, wrongSignature, cut, slowMs: slowBody ? faults.slowBodyMs : 0, outage, names };
}
