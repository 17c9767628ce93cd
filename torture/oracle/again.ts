import type { Entry } from "../../test/support/program/journal.ts";
import type { Facts, Violation } from "./facts.ts";

export interface Again {
  /** How often an event was handled once more because a crash fell between its handler and its settling. */
  readonly afterCrash: number;
  readonly violations: readonly Violation[];
}

type Seen = Pick<Facts, "journal" | "ends" | "told" | "replays" | "settleMs">;

/** An event that was handled begins again only if a crash fell in between, or if a person asked for it. */
export function handledAgain(facts: Seen): Again {
  const handled = new Map<string, Entry>();
  const asked = new Map(facts.replays);
  const violations: Violation[] = [];
  let afterCrash = 0;
  for (const entry of facts.journal) {
    const { eventId, kind } = entry;
    if (kind === "handled") handled.set(eventId, entry);
    if (kind !== "begin") continue;
    const before = handled.get(eventId);
    handled.delete(eventId);
    const why = afterTold(entry, facts) ?? (before && whyNoCrash(entry, before, facts));
    if (why === undefined) {
      if (before !== undefined) afterCrash += 1;
      continue;
    }
    const replaysLeft = asked.get(eventId) ?? 0;
    if (replaysLeft > 0) asked.set(eventId, replaysLeft - 1);
    else violations.push({ ...why, text: `${eventId} began in process ${entry.generation}, ${why.text}.` });
  }
  return { afterCrash, violations };
}

/** Events that people saw as settled stay so; if they replayed one, it is not known which run they saw. */
function afterTold(entry: Entry, { told, replays }: Seen): Violation | undefined {
  const seen = told.get(entry.eventId);
  if (seen === undefined || seen.at >= entry.at || replays.has(entry.eventId)) return undefined;
  const ago = Math.round(entry.at - seen.at);
  return { rule: "told", text: `${ago} ms after it was shown as ${seen.status}` };
}

function whyNoCrash(entry: Entry, before: Entry, { ends, settleMs }: Seen): Violation | undefined {
  const end = ends.get(before.generation);
  const where = `although process ${before.generation} had handled it`;
  if (end === undefined || end.at > entry.at) return { rule: "once", text: `${where} and was alive` };
  if (end.how === "stopped") return { rule: "once", text: `${where} and ended in peace` };
  const livedOn = end.at - before.at;
  if (livedOn <= settleMs) return undefined;
  return { rule: "once", text: `${where} and lived on for ${Math.round(livedOn)} ms` };
}
