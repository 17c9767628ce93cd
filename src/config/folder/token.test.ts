import { symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempFolder } from "../../../test/support/temp-folder.ts";
import { loadOrCreateToken, readToken } from "./token.ts";

test("a token that is empty is told of, and no start makes up one that nobody is shown", async () => {
  await using temp = await tempFolder();
  const folder = join(temp.path, "data");
  await loadOrCreateToken(folder);
  await writeFile(join(folder, "token"), "\n");

  for (const read of [readToken, loadOrCreateToken])
    await expect(read(folder)).rejects.toThrow("token is empty: remove it, and the next start");
});

test("a token that points to nothing ends a start with what it is", async () => {
  await using temp = await tempFolder();
  await symlink(join(temp.path, "nothing"), join(temp.path, "token"));

  await expect(loadOrCreateToken(temp.path)).rejects.toThrow(
    "token is there, and cannot be read: does it point",
  );
});

test.for([
  ["zeros, as a power cut may leave it", "\0".repeat(44)],
  ["in UTF-16, as some editors write it", Buffer.from("\ufeffhunter2hunter2", "utf16le")],
  ["two lines long", "hunter2\nhunter2\n"],
] as const)(
  "a token that is %s, which no request can name, is told of and not shown",
  async ([, content]) => {
    await using temp = await tempFolder();
    await writeFile(join(temp.path, "token"), content);

    for (const read of [readToken, loadOrCreateToken]) {
      await expect(read(temp.path)).rejects.toThrow(
        /token is damaged: remove it, and the next start generates a token\.$/,
      );
    }
  },
);
