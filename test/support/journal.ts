/**
 * What handlers did, in the order in which it happened. `start` stands for a new process. A journal outlives a process
 * that was killed: its lines are with the operating system as soon as they are written.
 */
export type JournalEntry =
  | { readonly kind: "start" }
  | {
      readonly kind: "begin" | "handled" | "failed";
      readonly eventId: string;
      /** What must be in order: the state of the event, or its entity if it has none. */
      readonly state: string;
      readonly revision: number | null;
    };

export function toLine(entry: JournalEntry): string {
  if (entry.kind === "start") return "start\n";
  return `${[entry.kind, entry.eventId, entry.state, entry.revision ?? ""].join("\t")}\n`;
}

/** A last line that is cut off was never written. */
export function parseJournal(text: string): readonly JournalEntry[] {
  return text.split("\n").slice(0, -1).map(parseLine);
}

function parseLine(line: string): JournalEntry {
  const [kind, eventId = "", state = "", revision = ""] = line.split("\t");
  if (kind === "start") return { kind };
  if (kind !== "begin" && kind !== "handled" && kind !== "failed") throw new Error(`Not a line: ${line}`);
  return { kind, eventId, state, revision: revision === "" ? null : Number(revision) };
}

/**
 * Holds a journal against what handlers may rely on: nothing of one state happens at the same time, no lower revision
 * begins once a higher one was handled, and an event is handled again only if its process died in between.
 *
 * @returns a sentence for each breach
 */
export function breachesOf(journal: readonly JournalEntry[]): readonly string[] {
  const breaches: string[] = [];
  const underWay = new Map<string, string>();
  const newest = new Map<string, number>();
  const handledSinceStart = new Set<string>();
  for (const [index, entry] of journal.entries()) {
    if (entry.kind === "start") {
      underWay.clear();
      handledSinceStart.clear();
      continue;
    }
    const { kind, eventId, state, revision } = entry;
    const breach = (text: string): void =>
      void breaches.push(`Line ${index + 1}, ${state} at ${revision}: ${text} (${eventId}).`);
    if (kind === "begin") {
      if (underWay.has(state)) breach("began while another of its state was under way");
      if (revision !== null && revision < (newest.get(state) ?? revision)) {
        breach(`began after ${newest.get(state)} was handled`);
      }
      if (handledSinceStart.has(eventId)) breach("began again without a crash");
      underWay.set(state, eventId);
      continue;
    }
    if (underWay.get(state) !== eventId) breach("ended without having begun");
    underWay.delete(state);
    if (kind === "failed") continue;
    handledSinceStart.add(eventId);
    if (revision !== null) newest.set(state, Math.max(revision, newest.get(state) ?? revision));
  }
  return breaches;
}

/** The newest revision handled for each state. */
export function newestHandled(journal: readonly JournalEntry[]): ReadonlyMap<string, number> {
  const newest = new Map<string, number>();
  for (const entry of journal) {
    if (entry.kind !== "handled" || entry.revision === null) continue;
    newest.set(entry.state, Math.max(entry.revision, newest.get(entry.state) ?? entry.revision));
  }
  return newest;
}

/** How often each event was handled. */
export function timesHandled(journal: readonly JournalEntry[]): ReadonlyMap<string, number> {
  return timesOf("handled", journal);
}

/** How often a handler began, event by event; more than once if a crash met it. */
export function timesBegun(journal: readonly JournalEntry[]): ReadonlyMap<string, number> {
  return timesOf("begin", journal);
}

/** How many handlers of the newest process have begun and not ended. */
export function underWay(journal: readonly JournalEntry[]): number {
  const since = journal.slice(journal.findLastIndex(({ kind }) => kind === "start") + 1);
  const begun = since.filter(({ kind }) => kind === "begin").length;
  return begun - (since.length - begun);
}

function timesOf(kind: "begin" | "handled", journal: readonly JournalEntry[]): ReadonlyMap<string, number> {
  const times = new Map<string, number>();
  for (const entry of journal) {
    if (entry.kind === kind) times.set(entry.eventId, (times.get(entry.eventId) ?? 0) + 1);
  }
  return times;
}
