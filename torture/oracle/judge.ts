import { handledAgain } from "./again.ts";
import { effectViolations, endingViolations, handedViolations, storedViolations } from "./endings.ts";
import type { Facts, Stored, Unread, Violation } from "./facts.ts";
import { orderViolations } from "./order.ts";

export interface Judgement {
  /** Events that were handled once more after a crash. */
  readonly handledAgain: number;
  /** Events that are gone, as they may. */
  readonly forgotten: number;
  readonly violations: readonly Violation[];
}

/**
 * What was seen from outside, held against what is promised.
 *
 * @param stored what the ledger tells, once everything is settled
 */
export function judge(facts: Facts, stored: Stored | Unread): Judgement {
  const again = handledAgain(facts);
  const { violations } = again;
  return {
    handledAgain: again.afterCrash,
    forgotten:
      "why" in stored ? 0 : [...facts.forgettable].filter((eventId) => !stored.events.has(eventId)).length,
    violations: [
      ...ends(facts, stored),
      ...handedViolations(facts),
      ...orderViolations(facts),
      ...violations,
    ],
  };
}

function ends(facts: Facts, stored: Stored | Unread): readonly Violation[] {
  if (!("why" in stored)) {
    const kept = [...storedViolations(facts, stored), ...effectViolations(facts, stored)];
    return [...kept, ...endingViolations(facts, stored)];
  }
  return [{ rule: "settles", text: `The ledger cannot be read: ${stored.why}.` }];
}
