import { queueOn } from "../servers/hookwell.ts";
import { type Engine, isLedger, type LedgerEngine } from "./engine.ts";
import { startLedger } from "./start.ts";

/** Where queue and ledger are; both may be in the same server. */
export interface Stores {
  readonly engine: Engine;
  readonly ledger: LedgerEngine;
}

/** Settings of the processes that use them. */
export const settingsOf = ({ engine, ledger }: Stores): Readonly<Record<string, string>> => ({
  ...queueOn(engine.url),
  HOOKWELL_LEDGER: ledger.url,
});

/** The server of the queue also has the ledger if it can; otherwise another one is started for that. */
export async function withLedger<T>(engine: Engine, work: (stores: Stores) => Promise<T>): Promise<T> {
  if (isLedger(engine)) return work({ engine, ledger: engine });
  await using ledger = await startLedger();
  // Waited for here, since the server is stopped at the end of this block.
  return await work({ engine, ledger });
}
