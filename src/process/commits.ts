import type { LedgerTransaction } from "../ledger/driver.ts";
import type { CommitResult } from "../ledger/transaction.ts";
import { UnderWay } from "../lib/under-way.ts";
import type { Attempt } from "./attempt.ts";

/**
 * Settles attempts in the transactions in which their handlers wrote. Each is committed by itself: a commit may take
 * seconds, and no other attempt should wait for it.
 */
export class Commits {
  readonly #ended: (attempt: Attempt, result: CommitResult) => void;
  readonly #underWay = new UnderWay();

  /** @param ended told how each of them ended */
  constructor(ended: (attempt: Attempt, result: CommitResult) => void) {
    this.#ended = ended;
  }

  /** @param transaction the attempt's own, which is open */
  add(attempt: Attempt, transaction: Promise<LedgerTransaction>): void {
    const committed = transaction.then(({ commit }) => commit(attempt));
    void this.#underWay.add(committed.then((result) => this.#ended(attempt, result)));
  }

  /** Resolves when none is under way. */
  idle(): Promise<void> {
    return this.#underWay.idle();
  }
}
