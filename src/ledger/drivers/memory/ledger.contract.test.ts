import { test } from "vitest";
import { memoryLedgerHarness } from "../../../../test/support/drivers/ledger-harnesses.ts";
import { runContract } from "../../../testing/contract.ts";
import { wallClock } from "../../../testing/play.ts";
import { ledgerDriverContract } from "../../../testing/ledger-driver-contract.ts";

runContract(test, "memory ledger", ledgerDriverContract, () => memoryLedgerHarness(wallClock));
