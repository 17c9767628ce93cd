import type { Entry } from "../../test/support/program/journal.ts";
import type { End, Facts, Violation } from "./facts.ts";

interface Lane {
  /** Begun and not ended, by event. */
  readonly underWay: Map<string, Entry>;
  /** The newest revision handled. */
  newest: Entry | undefined;
}

type Seen = Pick<Facts, "journal" | "ends" | "powerCuts">;

/** Per state: never two at once, and no lower revision begins after a higher one was handled. */
export function orderViolations(seen: Seen): readonly Violation[] {
  const violations: Violation[] = [];
  const lanes = new Map<string, Lane>();
  const lost = lostOutcomes(seen);
  for (const entry of seen.journal) {
    const lane = lanes.get(entry.state) ?? { underWay: new Map<string, Entry>(), newest: undefined };
    lanes.set(entry.state, lane);
    if (entry.kind === "begin") violations.push(...begin(lane, entry, seen.ends));
    else violations.push(...end(lane, entry, !lost.has(entry)));
  }
  return violations;
}

/**
 * Ends of handlers that a power cut took away before they were settled, so that the event began again: nothing on the
 * disk tells of them, nor that the event was ever handed out, and so they cannot count for the order.
 */
function lostOutcomes({ journal, powerCuts }: Seen): ReadonlySet<Entry> {
  const lost = new Set<Entry>();
  const handled = new Map<string, Entry>();
  for (const entry of journal) {
    if (entry.kind === "handled") handled.set(entry.eventId, entry);
    const before = handled.get(entry.eventId);
    if (entry.kind === "begin" && before !== undefined && powerCuts.has(before.generation)) lost.add(before);
  }
  return lost;
}

function begin(lane: Lane, entry: Entry, ends: Facts["ends"]): readonly Violation[] {
  const violations: Violation[] = [];
  for (const other of lane.underWay.values()) {
    if (endedBefore(ends.get(other.generation), entry)) continue;
    violations.push({ rule: "alone", text: `${nameOf(entry)} began while ${nameOf(other)} was under way.` });
  }
  lane.underWay.clear();
  lane.underWay.set(entry.eventId, entry);
  const { newest } = lane;
  if (newest !== undefined && entry.revision !== null && entry.revision < (newest.revision ?? 0)) {
    violations.push({ rule: "order", text: `${nameOf(entry)} began after ${nameOf(newest)} was handled.` });
  }
  return violations;
}

function end(lane: Lane, entry: Entry, counts: boolean): readonly Violation[] {
  const begun = lane.underWay.get(entry.eventId);
  lane.underWay.delete(entry.eventId);
  if (counts && entry.kind === "handled" && entry.revision !== null) {
    if (lane.newest === undefined || entry.revision > (lane.newest.revision ?? 0)) lane.newest = entry;
  }
  if (begun?.generation === entry.generation) return [];
  return [{ rule: "alone", text: `${nameOf(entry)} ended, but had not begun in this process.` }];
}

/** What was under way in a process that died is under way no longer. */
const endedBefore = (end: End | undefined, entry: Entry): boolean => end !== undefined && end.at <= entry.at;

const nameOf = ({ eventId, state, revision, generation, attempt }: Entry): string =>
  `${eventId} (${state} at ${revision ?? "no revision"}, process ${generation}, attempt ${attempt})`;
