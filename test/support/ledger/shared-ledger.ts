import { type OwnSchema, ownSchema } from "../drivers/postgres-harness.ts";
import type { LedgerDriver } from "../../../src/ledger/driver.ts";
import { openPostgresLedger } from "../../../src/ledger/drivers/postgres/ledger.ts";

/** Ledgers of one schema, as several processes open them. */
export async function together(
  count: number,
): Promise<{ ledgers: LedgerDriver[]; schema: OwnSchema } & AsyncDisposable> {
  const schema = ownSchema();
  const ledgers = await Promise.all(Array.from({ length: count }, () => openPostgresLedger(schema.url)));
  return {
    ledgers,
    schema,
    [Symbol.asyncDispose]: async () => {
      for (const ledger of ledgers) await ledger.close();
      await schema[Symbol.asyncDispose]();
    },
  };
}
