/**
 * What handlers did, in the order in which it happened. A line is written at once and with the operating system as soon
 * as it is written, so it outlives the process; several processes may write to one journal.
 */
export interface Entry {
  /** A handler began, came to its end, or failed; one that a crash cut off has begun only. */
  readonly kind: "begin" | "handled" | "failed";
  /** The process: each start of a program has a number of its own. */
  readonly generation: number;
  /** On the clock that all processes of a machine share, in ms. */
  readonly at: number;
  readonly eventId: string;
  /** What must be in order: the state of the event, or its entity if it has none. */
  readonly state: string;
  readonly revision: number | null;
  readonly attempt: number;
  /** Of the bytes that the handler was given. */
  readonly hash: string;
}

export function toLine(entry: Entry): string {
  const { kind, generation, at, eventId, state, revision, attempt, hash } = entry;
  return `${[kind, generation, at.toFixed(3), eventId, state, revision ?? "", attempt, hash].join("\t")}\n`;
}

/** Where an entry begins. */
const beginning = /(?:begin|handled|failed)\t\d+\t/g;

/**
 * A process that is killed while it writes leaves the first part of a line, and the next process writes right behind
 * it. What was cut off counts as never written: its handler was killed before it began, or before anybody knew how it
 * ended.
 *
 * @throws {Error} if it is no line of a journal
 */
export function parseLine(line: string): Entry {
  const whole = line.slice([...line.matchAll(beginning)].at(-1)?.index);
  const [kind, generation, at, eventId, state, revision, attempt, hash] = whole.split("\t");
  if ((kind !== "begin" && kind !== "handled" && kind !== "failed") || hash === undefined) {
    throw new Error(`No line of a journal: ${line}`);
  }
  return {
    kind,
    generation: Number(generation),
    at: Number(at),
    eventId: eventId ?? "",
    state: state ?? "",
    revision: revision === "" ? null : Number(revision),
    attempt: Number(attempt),
    hash,
  };
}

/** Ms on a clock that all processes of this machine share and that nobody sets. */
export const sharedNow = (): number => Number(process.hrtime.bigint() / 1_000n) / 1_000;

/** The newest revision handled for each state. */
export function newestHandled(journal: readonly Entry[]): ReadonlyMap<string, number> {
  const newest = new Map<string, number>();
  for (const { kind, state, revision } of journal) {
    if (kind === "handled" && revision !== null) {
      newest.set(state, Math.max(revision, newest.get(state) ?? revision));
    }
  }
  return newest;
}

/** How often each event was handled. */
export function timesHandled(journal: readonly Entry[]): ReadonlyMap<string, number> {
  return timesOf("handled", journal);
}

/** How often a handler began, event by event; more than once if a crash met it. */
export function timesBegun(journal: readonly Entry[]): ReadonlyMap<string, number> {
  return timesOf("begin", journal);
}

function timesOf(kind: Entry["kind"], journal: readonly Entry[]): ReadonlyMap<string, number> {
  const times = new Map<string, number>();
  for (const entry of journal) {
    if (entry.kind === kind) times.set(entry.eventId, (times.get(entry.eventId) ?? 0) + 1);
  }
  return times;
}
