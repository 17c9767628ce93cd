import type { Settlement } from "../ledger/driver.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Log } from "../log.ts";
import type { Attempt } from "./runs/attempt.ts";
import { Batcher } from "./batcher.ts";
import { persist } from "./persist.ts";

export interface SettlingParts {
  readonly ledger: Ledger;
  /** Told of each attempt whose outcome is written down. */
  readonly settled: (attempt: Attempt) => void;
  /** Told of each attempt whose event another process handles, or has handled. */
  readonly lost: (attempt: Attempt) => void;
  readonly trouble: Log;
  readonly givingUp: AbortSignal;
}

/** Tells the ledger how attempts ended, in one call for all that have. */
export function settling({ ledger, settled, lost, trouble, givingUp }: SettlingParts): Batcher<Attempt> {
  return new Batcher(async (attempts) => {
    const settle = (): Promise<readonly Settlement[]> => ledger.settle(attempts);
    const elsewhere = await persist(settle, "ledger.settle_failed", trouble, givingUp);
    if (elsewhere === undefined) return;
    const others = new Set(elsewhere);
    for (const attempt of attempts) {
      if (others.has(attempt)) lost(attempt);
      else settled(attempt);
    }
  });
}
