import type { LedgerDriver } from "../../../src/ledger/driver.ts";
import { chaosLedger } from "../../../src/testing/chaos.ts";
import { calm } from "../processing/cut-off.ts";

/** A ledger with transactions whose connection breaks in the first commit: nothing is kept, but nobody knows that. */
export function losesFirstCommit(ledger: LedgerDriver): LedgerDriver {
  let isFirst = true;
  return {
    ...chaosLedger(ledger, calm),
    transaction: async () => ({
      client: { query: async () => ({ rows: [], rowCount: 0 }) },
      commit: async (settlement) => {
        if (isFirst) {
          isFirst = false;
          return { kind: "unknown", error: new Error("The connection is gone.") };
        }
        await ledger.settle([settlement]);
        return { kind: "committed" };
      },
      rollback: async () => undefined,
    }),
  };
}
