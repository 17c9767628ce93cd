import { join } from "node:path";
import { expect, test } from "vitest";
import { tempFolder } from "../../../../test/support/temp-folder.ts";
import { openDatabase } from "../../../lib/sqlite/sqlite.ts";
import { ledgerOpening, ledgerSchema } from "./schema.ts";
import { Totals } from "./totals.ts";

test("what is counted in a transaction is read in it, and written down at its end, once", async () => {
  await using folder = await tempFolder();
  const db = openDatabase(join(folder.path, "ledger.db"), ledgerSchema, ledgerOpening);
  const totals = new Totals(db);
  totals.add("handled", 2);
  totals.add("handled", 3);
  totals.add("dead", 1);
  totals.add("dead", -1);
  totals.add("duplicates", 7);
  const expected = {
    events: { pending: 0, retrying: 0, handled: 5, obsolete: 0, dead: 0 },
    duplicates: 7,
  };

  const before = totals.read();
  totals.flush();
  totals.flush();

  expect([before, totals.read(), new Totals(db).read()]).toEqual([expected, expected, expected]);
  db.close();
});
