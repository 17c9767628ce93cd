import { join } from "node:path";
import { expect, test } from "vitest";
import { LedgerHistory } from "../../../../test/support/ledger/ledger-history.ts";
import { openLedgerTables } from "../../../../test/support/ledger/ledger-tables.ts";
import { tempFolder } from "../../../../test/support/temp-folder.ts";
import { seededRandom } from "../../../lib/random.ts";
import { keySizes } from "./keys/keys.ts";

test("of 71,000 events each one, its entity and its state are known after segments, merges and a restart", async () => {
  await using folder = await tempFolder();
  const path = join(folder.path, "ledger.db");
  const history = new LedgerHistory(seededRandom(1));
  const sizes = { ...keySizes, sealAfter: 8_192, fanout: 4 };
  const ledger = openLedgerTables(path, sizes);
  while (history.size < 71_000) {
    history.grow(ledger, 1_000);
    for (let turns = 0; turns < 40 && ledger.upkeep(); turns += 1);
  }
  while (ledger.upkeep());
  expect(ledger.levels()).toContain(1);
  expect(history.unknownTo(ledger.store, 10)).toEqual([]);
  ledger.close();

  using again = openLedgerTables(path, sizes);

  expect(history.unknownTo(again.store)).toEqual([]);
  expect(history.unguardedBy(again)).toEqual([]);
}, 240_000);
