import type { Verdict } from "../ledger/driver.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Log } from "../log.ts";
import type { Attempt } from "./runs/attempt.ts";
import { Batcher } from "./batcher.ts";
import { persist } from "./persist.ts";

const none: readonly Attempt[] = [];

export interface AdmissionParts {
  readonly ledger: Ledger;
  /** Told what the ledger says of each attempt. */
  readonly admitted: (attempt: Attempt, verdict: Verdict) => void;
  readonly trouble: Log;
  readonly stopping: AbortSignal;
  readonly givingUp: AbortSignal;
}

/** Asks the ledger whether attempts may be handled, in one call for all that wait for the answer. */
export function admission(parts: AdmissionParts): Batcher<Attempt> {
  const { ledger, admitted, trouble, stopping, givingUp } = parts;
  /** The events about which the ledger is being asked, and other copies of each, which wait for its answer. */
  const asking = new Map<string, readonly Attempt[]>();
  /** Copies of an event are in one lane, unless they name different states; then the later ones wait here. */
  const isFirst = (attempt: Attempt): boolean => {
    const { eventId } = attempt.message;
    const copies = asking.get(eventId);
    asking.set(eventId, copies === undefined ? none : [...copies, attempt]);
    return copies === undefined;
  };
  const batcher = new Batcher<Attempt>(async (attempts) => {
    if (stopping.aborted) return;
    const asked = attempts.filter(isFirst);
    if (asked.length === 0) return;
    const messages = asked.map(({ message }) => message);
    const verdicts = await persist(() => ledger.admit(messages), "ledger.admit_failed", trouble, givingUp);
    for (const [index, attempt] of asked.entries()) {
      const verdict = verdicts?.[index];
      if (verdict !== undefined) admitted(attempt, verdict);
      const copies = asking.get(attempt.message.eventId) ?? none;
      asking.delete(attempt.message.eventId);
      for (const copy of copies) batcher.add(copy);
    }
  });
  return batcher;
}
