import { test } from "vitest";
import { sqliteLedgerHarness } from "../../../../test/support/drivers/ledger-harnesses.ts";
import { runContract } from "../../../testing/contract.ts";
import { ledgerDriverContract } from "../../../testing/ledger-driver-contract.ts";

runContract(test.concurrent, "sqlite ledger", ledgerDriverContract, sqliteLedgerHarness);
