import { expect, test } from "vitest";
import * as fc from "fast-check";
import { answers } from "../../../../test/support/servers/engines.ts";
import { postgresLedgerHarness } from "../../../../test/support/drivers/postgres-harness.ts";
import { runContract } from "../../../testing/contract.ts";
import { playLedger } from "../../../testing/ledger-driver/steps.ts";
import { ledgerDriverContract } from "../../../testing/ledger-driver-contract.ts";

const isThere = await answers("postgres");

runContract(test.skipIf(!isThere).concurrent, "postgres ledger", ledgerDriverContract, postgresLedgerHarness);

test.skipIf(!isThere)("the postgres ledger does what the model does", { timeout: 60_000 }, async () => {
  await expect(
    playLedger(fc, postgresLedgerHarness, { runs: 5, steps: 60, limitMs: 40_000 }),
  ).resolves.toBeUndefined();
});
