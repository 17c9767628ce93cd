import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { needsMount, smallDisk } from "../../../test/support/disk.ts";
import { takeLock } from "./file-lock.ts";
import { openDatabase } from "./sqlite.ts";
import { SqliteFile } from "./sqlite-file.ts";

const schema = ["create table note (text text not null)"];
const full = (path: string): string => `${path} cannot be written: its disk is full. Make room there`;

test("a start on a full disk says so, and not to restore a file that is whole", async (context) => {
  needsMount(context);
  await using disk = await smallDisk(1);
  const path = join(disk.path, "notes.db");
  const lock = join(disk.path, "notes.lock");
  openDatabase(path, schema).close();
  await disk.fill();

  const opening = (): unknown => openDatabase(path, schema);

  expect(opening).toThrow(full(path));
  expect(opening).not.toThrow(/damaged|backup/);
  expect(() => takeLock(lock)).toThrow(full(lock));
  await disk.makeRoom();
  openDatabase(path, schema).close();
});

test("a file that is no database is told of as such, also on a full disk", async (context) => {
  needsMount(context);
  await using disk = await smallDisk(1);
  const path = join(disk.path, "notes.db");
  await writeFile(path, "no database ".repeat(1_000));
  await disk.fill();

  expect(() => openDatabase(path, schema)).toThrow(/cannot be used: file is not a database/);
});

test("so does a process whose disk fills up while the file is closed", async (context) => {
  needsMount(context);
  await using disk = await smallDisk(1);
  const path = join(disk.path, "notes.db");
  const file = new SqliteFile(path, schema, {}, (db) => db);
  file.use(() => undefined);
  file.close();
  await disk.fill();

  expect(() => file.use(() => undefined)).toThrow(full(path));
  await disk.makeRoom();
  file.use(() => undefined);
  file.close();
});
