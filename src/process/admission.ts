import type { Verdict } from "../ledger/driver.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Log } from "../log.ts";
import type { Attempt } from "./attempt.ts";
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
export class Admission {
  readonly #parts: AdmissionParts;
  readonly #batcher = new Batcher<Attempt>((attempts) => this.#ask(attempts));
  /** The events about which the ledger is being asked, and other copies of each, which wait for its answer. */
  readonly #asking = new Map<string, readonly Attempt[]>();

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
    const asked = attempts.filter((attempt) => this.#isFirst(attempt));
    if (asked.length === 0) return;
    const messages = asked.map(({ message }) => message);
    const verdicts = await persist(() => ledger.admit(messages), "ledger.admit_failed", trouble, givingUp);
    for (const [index, attempt] of asked.entries()) {
      const verdict = verdicts?.[index];
      if (verdict !== undefined) admitted(attempt, verdict);
      const copies = this.#asking.get(attempt.message.eventId) ?? none;
      this.#asking.delete(attempt.message.eventId);
      for (const copy of copies) this.#batcher.add(copy);
    }
  }

  /** Copies of an event are in one lane, unless they name different states; then the later ones wait here. */
  #isFirst(attempt: Attempt): boolean {
    const { eventId } = attempt.message;
    const copies = this.#asking.get(eventId);
    this.#asking.set(eventId, copies === undefined ? none : [...copies, attempt]);
    return copies === undefined;
  }
}
