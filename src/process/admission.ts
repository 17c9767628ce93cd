import type { Verdict } from "../ledger/driver.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Log } from "../log.ts";
import type { Attempt } from "./attempt.ts";
import { Batcher } from "./batcher.ts";
import { persist } from "./persist.ts";

export interface AdmissionParts {
  readonly ledger: Ledger;
  /** Told of each attempt what the ledger says. */
  readonly admitted: (attempt: Attempt, verdict: Verdict) => void;
  readonly trouble: Log;
  readonly stopping: AbortSignal;
  readonly givingUp: AbortSignal;
}

/** May they be handled? The ledger is asked once for all that wait for the answer. */
export class Admission {
  readonly #parts: AdmissionParts;
  readonly #batcher = new Batcher<Attempt>((attempts) => this.#ask(attempts));

  constructor(parts: AdmissionParts) {
    this.#parts = parts;
  }

  add(attempt: Attempt): void {
    this.#batcher.add(attempt);
  }

  /** Resolves when nobody waits for an answer. */
  idle(): Promise<void> {
    return this.#batcher.idle();
  }

  async #ask(attempts: readonly Attempt[]): Promise<void> {
    const { ledger, admitted, trouble, stopping, givingUp } = this.#parts;
    if (stopping.aborted) return;
    const asked = this.#oneOfEachEvent(attempts);
    const messages = asked.map(({ message }) => message);
    const verdicts = await persist(() => ledger.admit(messages), "ledger.admit_failed", trouble, givingUp);
    for (const [index, verdict] of (verdicts ?? []).entries()) {
      const attempt = asked[index];
      if (attempt !== undefined) admitted(attempt, verdict);
    }
  }

  /** Copies of an event are in one lane, unless its state is told otherwise in them; then the later ones wait here. */
  #oneOfEachEvent(attempts: readonly Attempt[]): readonly Attempt[] {
    const events = new Set<string>();
    return attempts.filter((attempt) => {
      const { eventId } = attempt.message;
      if (events.has(eventId)) {
        this.#batcher.add(attempt);
        return false;
      }
      events.add(eventId);
      return true;
    });
  }
}
