import { mkdir, symlink, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { expect, test } from "vitest";
import { tempFolder } from "../../../test/support/temp-folder.ts";
import { takeLock } from "./file-lock.ts";
import { openDatabase } from "./sqlite.ts";

const schema = ["create table one (a)"];

/** A file in new folders, whose path has so many bytes. */
async function pathOf(bytes: number, above: string): Promise<string> {
  const folder = join(above, "é".repeat(100), "é".repeat(80));
  await mkdir(folder, { recursive: true });
  return join(folder, "f".repeat(bytes - Buffer.byteLength(folder) - 1));
}

test("the longest path that SQLite opens is opened", async () => {
  await using folder = await tempFolder();
  const path = await pathOf(504, folder.path);

  expect(() => openDatabase(path, schema).close()).not.toThrow();
});

test("a longer one is told as that", async () => {
  await using folder = await tempFolder();
  const path = await pathOf(505, folder.path);

  const says = `${path} cannot be opened: its path has 505 bytes, and SQLite takes 504. Choose a shorter one.`;
  expect(() => openDatabase(path, schema)).toThrow(says);
  expect(() => takeLock(path)).toThrow(says);
});

test("so is one that is only longer without the links in it", async () => {
  await using folder = await tempFolder();
  const path = await pathOf(505, folder.path);
  await writeFile(path, "");
  await symlink(dirname(path), join(folder.path, "short"));
  await symlink(path, join(folder.path, "short.db"));

  for (const short of [
    join("short", basename(path)),
    join("short", "e".repeat(basename(path).length)),
    "short.db",
  ])
    expect(() => openDatabase(join(folder.path, short), schema)).toThrow("its path has 505 bytes");
});
