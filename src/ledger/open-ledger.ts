import { ConfigError } from "../errors.ts";
import type { LedgerDriver, LedgerDriverOptions } from "./driver.ts";
import { openSqliteFile } from "../lib/engines/engine-file.ts";
import { Ledger } from "./ledger.ts";

/**
 * Opens the ledger that a URL names. `sqlite:` is a file in the data folder; `sqlite:/path/to/file` another one.
 * `postgres:` is a server, which several machines share. `memory:` forgets everything at the end of the process and is
 * for trials and tests.
 *
 * @param data the data folder, an absolute path
 * @throws {ConfigError} if no driver knows the scheme
 * @throws {DataInUseError} if another process has it open
 */
export async function openLedger(
  url: string,
  data: string,
  options: LedgerDriverOptions = {},
): Promise<Ledger> {
  return new Ledger(await openDriver(url, data, options));
}

async function openDriver(url: string, data: string, options: LedgerDriverOptions): Promise<LedgerDriver> {
  const scheme = url.slice(0, url.indexOf(":"));
  switch (scheme) {
    case "sqlite": {
      const { openSqliteLedger } = await import("./drivers/sqlite/ledger.ts");
      return openSqliteFile("ledger", url, data, openSqliteLedger);
    }
    case "postgres":
    case "postgresql": {
      const { openPostgresLedger } = await import("./drivers/postgres/ledger.ts");
      return openPostgresLedger(url, options);
    }
    case "memory": {
      const { memoryLedger } = await import("./drivers/memory/ledger.ts");
      return memoryLedger();
    }
    default:
      throw new ConfigError([
        `HOOKWELL_LEDGER (--ledger) begins with ${scheme}:, which no ledger of this version knows.`,
      ]);
  }
}
