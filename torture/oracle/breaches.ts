import type { Entry } from "../../test/support/program/journal.ts";
import { handledAgain } from "./again.ts";
import { someFacts } from "./builders.ts";
import type { End } from "./facts.ts";
import { orderViolations } from "./order.ts";

/**
 * What a journal alone shows to be broken, where each of its processes was gone before the next one began.
 *
 * @returns a sentence for each breach
 */
export function breachesOf(journal: readonly Entry[]): readonly string[] {
  const facts = someFacts({ journal, ends: endsIn(journal), settleMs: Number.POSITIVE_INFINITY });
  return [...orderViolations(facts), ...handledAgain(facts).violations].map(({ text }) => text);
}

function endsIn(journal: readonly Entry[]): ReadonlyMap<number, End> {
  const ends = new Map<number, End>();
  for (const [index, { generation, at }] of journal.entries()) {
    const before = journal[index - 1]?.generation ?? generation;
    if (before !== generation) ends.set(before, { at, how: "crashed" });
  }
  return ends;
}
