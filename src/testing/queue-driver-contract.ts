import { acknowledgingCases } from "./queue-driver/acknowledging.ts";
import { closingCases } from "./queue-driver/closing.ts";
import { countingCases } from "./queue-driver/counting.ts";
import type { QueueCase } from "./queue-driver/harness.ts";
import { leasingCases } from "./queue-driver/leasing.ts";
import { loadCases } from "./queue-driver/load.ts";
import { owningCases } from "./queue-driver/owning.ts";
import { reservingCases } from "./queue-driver/reserving.ts";
import { retryingCases } from "./queue-driver/retrying.ts";
import { sendingCases } from "./queue-driver/sending.ts";
import { takingOverCases } from "./queue-driver/taking-over.ts";
import { waitingCases } from "./queue-driver/waiting.ts";

/**
 * What every queue engine must pass. It knows no test runner; hand it to `runContract` with a `QueueHarness`. Where
 * the comments of `QueueDriver` leave a choice, the case says which one was made.
 *
 * @example
 * ```ts
 * runContract(test, "my queue", queueDriverContract, makeHarness, { "name of a case": "why it cannot be kept" });
 * ```
 */
export const queueDriverContract: readonly QueueCase[] = [
  ...sendingCases,
  ...leasingCases,
  ...acknowledgingCases,
  ...retryingCases,
  ...countingCases,
  ...waitingCases,
  ...closingCases,
  ...owningCases,
  ...takingOverCases,
  ...reservingCases,
  ...loadCases,
];
