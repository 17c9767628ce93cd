import { type Config, loadConfig } from "../../../src/config/load-config.ts";

/** The settings of a program with this queue and ledger, and none besides. */
export function configOf(queue: string, ledger = "memory:"): Promise<Config> {
  return loadConfig({ env: { HOOKWELL_QUEUE: queue, HOOKWELL_LEDGER: ledger }, flags: {}, cwd: "/" });
}
