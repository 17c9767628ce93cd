import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { tempFolder } from "../../../../test/support/temp-folder.ts";
import { aMessage } from "../../../testing/builders.ts";
import { openSqliteLedger } from "./ledger.ts";

test.each([
  ["cut off", "substr(head, 1, 8)"],
  ["of another format", "cast(x'ff' || substr(head, 2) as blob)"],
  ["that is no list", "cast(x'0100000002' || '{}' as blob)"],
])("a row whose head is damaged ends a start with the file and what to do: one %s", async (_, damaged) => {
  await using folder = await tempFolder();
  const path = join(folder.path, "ledger.db");
  const ledger = await openSqliteLedger(path);
  const message = aMessage();
  await ledger.admit([message]);
  const handled = { outcome: { kind: "handled" }, conflict: false, startedAt: 1, endedAt: 2 } as const;
  await ledger.settle([{ message, ...handled }]);
  await ledger.close();
  const db = new DatabaseSync(path);
  db.exec(`update event set head = ${damaged}`);
  db.close();

  const start = openSqliteLedger(path);

  await expect(start).rejects.toThrow(`${path} cannot be used: `);
  await expect(start).rejects.toThrow("if the file is damaged, restore it from a backup");
});
