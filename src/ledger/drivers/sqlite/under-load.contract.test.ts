import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempFolder } from "../../../../test/support/temp-folder.ts";
import { aMessage } from "../../../testing/builders.ts";
import { keySizes } from "./keys/keys.ts";
import { openSqliteLedger } from "./ledger.ts";

test("a ledger that is never idle still seals its keys, so that a start has little to read", async () => {
  await using folder = await tempFolder();
  const path = join(folder.path, "ledger.db");
  const ledger = await openSqliteLedger(path);
  const lists = Array.from({ length: 60 }, () => Array.from({ length: 2_000 }, () => aMessage())).values();
  const handled = { outcome: { kind: "handled" }, conflict: false, startedAt: 1, endedAt: 2 } as const;

  // As from the stage: the next list is at hand when one is done.
  const lane = async (): Promise<void> => {
    for (const list of lists) {
      await ledger.admit(list);
      await ledger.settle(list.map((message) => ({ message, ...handled })));
    }
  };
  await Promise.all(Array.from({ length: 4 }, lane));
  await ledger.close();

  using db = new DatabaseSync(path);
  const { unsealed } =
    db
      .prepare(
        "select (select max(seq) from event) - (select coalesce(max(sealed_to), 0) from segment) as unsealed",
      )
      .get() ?? {};
  expect(Number(unsealed)).toBeLessThan(4 * keySizes.sealAfter);
});
