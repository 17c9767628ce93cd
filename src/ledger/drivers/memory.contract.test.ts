import { test } from "vitest";
import { runContract } from "../../testing/contract.ts";
import { ledgerDriverContract, type LedgerHarness } from "../../testing/ledger-driver-contract.ts";
import type { LedgerDriver } from "../driver.ts";
import { openMemoryLedger } from "./memory.ts";
import { MemoryLedgerStore } from "./memory-store.ts";

function memoryHarness(): LedgerHarness {
  const store = new MemoryLedgerStore();
  let ledger: LedgerDriver | undefined;
  return {
    open: async () => {
      ledger = openMemoryLedger(store);
      return ledger;
    },
    dispose: async () => ledger?.close(),
  };
}

runContract(test, "memory ledger", ledgerDriverContract, memoryHarness);
