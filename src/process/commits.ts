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

  /** @param ended told how each of them ended; from then on the attempt has no transaction */
  constructor(ended: (attempt: Attempt, result: CommitResult) => void) {
    this.#ended = ended;
  }

  add(attempt: Attempt): void {
    void this.#underWay.add(commit(attempt).then((result) => this.#ended(attempt, result)));
  }

  /** Resolves when none is under way. */
  idle(): Promise<void> {
    return this.#underWay.idle();
  }
}

async function commit(attempt: Attempt): Promise<CommitResult> {
  const opened = await attempt.transaction;
  attempt.transaction = undefined;
  return opened === undefined ? { kind: "committed" } : opened.commit(attempt);
}
