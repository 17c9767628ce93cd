import { join } from "node:path";
import { expect, test } from "vitest";
import { tempFolder } from "../../../../test/support/temp-folder.ts";
import { openSqliteLedger } from "./ledger.ts";

test("a file keeps the name of its history, and no other has it", async () => {
  await using folder = await tempFolder();
  const nameIn = async (file: string): Promise<string> => {
    const ledger = await openSqliteLedger(join(folder.path, file));
    const name = await ledger.history();
    await ledger.close();
    return name;
  };

  const names = [await nameIn("one.db"), await nameIn("one.db"), await nameIn("other.db")];

  expect(names).toEqual([names[0], names[0], expect.not.stringMatching(String(names[0]))]);
});
