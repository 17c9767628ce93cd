import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempFolder } from "../../test/support/temp-folder.ts";
import { loadOrCreateToken, readToken } from "./token.ts";

test("a token that is empty is none, and no start makes up one that nobody is shown", async () => {
  await using temp = await tempFolder();
  const folder = join(temp.path, "data");
  await loadOrCreateToken(folder);
  await writeFile(join(folder, "token"), "\n");

  expect(await readToken(folder)).toBeUndefined();
  await expect(loadOrCreateToken(folder)).rejects.toThrow("token is empty: remove it");
});
