import { attemptCases } from "./ledger-driver/attempts.ts";
import { changingCases } from "./ledger-driver/changing.ts";
import { closingCases } from "./ledger-driver/closing.ts";
import { conflictCases } from "./ledger-driver/conflicts.ts";
import { forgettingCases } from "./ledger-driver/forgetting.ts";
import { gatingCases } from "./ledger-driver/gating.ts";
import type { LedgerCase } from "./ledger-driver/harness.ts";
import { historyCases } from "./ledger-driver/history.ts";
import { keepingCases } from "./ledger-driver/keeping.ts";
import { listingCases } from "./ledger-driver/listing.ts";
import { lostCopyCases } from "./ledger-driver/lost-copies.ts";
import { pagingCases } from "./ledger-driver/paging.ts";
import { repeatingCases } from "./ledger-driver/repeating.ts";
import { replayingCases } from "./ledger-driver/replaying.ts";
import { replaysInTimeCases } from "./ledger-driver/replays-in-time.ts";
import { settlingCases } from "./ledger-driver/settling.ts";
import { timelineCases } from "./ledger-driver/timelines.ts";

/**
 * What every ledger engine must pass. It knows no test runner; hand it to `runContract` with a `LedgerHarness`. Where
 * the comments of `LedgerDriver` leave a choice, the case says which one was made.
 *
 * @example
 * ```ts
 * runContract(test, "my ledger", ledgerDriverContract, makeHarness, { "name of a case": "why it cannot be kept" });
 * ```
 */
export const ledgerDriverContract: readonly LedgerCase[] = [
  ...settlingCases,
  ...attemptCases,
  ...repeatingCases,
  ...lostCopyCases,
  ...gatingCases,
  ...conflictCases,
  ...replayingCases,
  ...replaysInTimeCases,
  ...listingCases,
  ...pagingCases,
  ...timelineCases,
  ...changingCases,
  ...forgettingCases,
  ...keepingCases,
  ...closingCases,
  ...historyCases,
];
