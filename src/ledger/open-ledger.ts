import { join } from "node:path";
import { ConfigError } from "../errors.ts";
import type { LedgerDriver } from "./driver.ts";
import { Ledger } from "./ledger.ts";

/**
 * Opens the ledger that a URL names. `sqlite:` is a file in the data folder; `sqlite:/path/to/file` another one.
 * `memory:` forgets everything at the end of the process and is for trials and tests.
 *
 * @param data the data folder, an absolute path
 * @throws {ConfigError} if no driver knows the scheme
 * @throws {DataInUseError} if another process has it open
 */
export async function openLedger(url: string, data: string): Promise<Ledger> {
  return new Ledger(await openDriver(url, data));
}

async function openDriver(url: string, data: string): Promise<LedgerDriver> {
  const [scheme, rest] = [url.slice(0, url.indexOf(":")), url.slice(url.indexOf(":") + 1)];
  switch (scheme) {
    case "sqlite": {
      const { openSqliteLedger } = await import("./drivers/sqlite.ts");
      return openSqliteLedger(rest === "" ? join(data, "ledger.db") : rest);
    }
    case "memory": {
      const { memoryLedger } = await import("./drivers/memory.ts");
      return memoryLedger();
    }
    default:
      throw new ConfigError([
        `HOOKWELL_LEDGER (--ledger) begins with ${scheme}:, which no ledger of this version knows.`,
      ]);
  }
}
