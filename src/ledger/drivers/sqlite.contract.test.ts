import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "vitest";
import { runContract } from "../../testing/contract.ts";
import { ledgerDriverContract, type LedgerHarness } from "../../testing/ledger-driver-contract.ts";
import type { LedgerDriver } from "../driver.ts";
import { openSqliteLedger } from "./sqlite.ts";

runContract(test.concurrent, "sqlite ledger", ledgerDriverContract, async (): Promise<LedgerHarness> => {
  const folder = await mkdtemp(join(tmpdir(), "hookwell-ledger-"));
  const opened: LedgerDriver[] = [];
  return {
    open: async () => {
      const driver = await openSqliteLedger(join(folder, "ledger.db"));
      opened.push(driver);
      return driver;
    },
    dispose: async () => {
      for (const driver of opened) await driver.close();
      await rm(folder, { recursive: true });
    },
  };
});
