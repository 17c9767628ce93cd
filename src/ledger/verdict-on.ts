import { revisionGate } from "../event/revision-gate.ts";
import { cutOff, type Verdict } from "./driver.ts";

/** The verdict on nearly every event: always this very object. */
export const untried: Extract<Verdict, { kind: "fresh" }> = {
  kind: "fresh",
  conflict: false,
  attempts: 0,
  isCutOff: false,
};

/** What a ledger knows of an event that came before. */
interface KnownRuns {
  /** Runs of its handler. */
  readonly attempts: number;
  /** Why the last of them failed. */
  readonly error: string | null;
  /** Whether it is the very event that was handled with the newest revision of its state: no conflict with itself. */
  readonly isNewest: boolean;
}

/**
 * The verdict on an event that is no duplicate.
 *
 * @param revision its own
 * @param newest the newest revision of its state that was handled; undefined if none was
 * @param known undefined if it came for the first time
 */
export function verdictOn(revision: number | null, newest: number | undefined, known?: KnownRuns): Verdict {
  const verdict = revisionGate(newest, revision);
  if (verdict.kind === "obsolete") return verdict;
  if (known === undefined) return verdict.conflict ? { ...untried, conflict: true } : untried;
  const { attempts, error, isNewest } = known;
  return { kind: "fresh", conflict: verdict.conflict && !isNewest, attempts, isCutOff: error === cutOff };
}
