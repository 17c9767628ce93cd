import { copyFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { seededRandom } from "../../src/lib/random.ts";
import { tempFolder, type TempFolder } from "../../test/support/temp-folder.ts";
import { tearFiles, write } from "./tear.ts";
import { readLog } from "./write-ahead-log.ts";

/** A folder with `one.db` as a killed process leaves it: 200 rows, the newest of them in the log alone. */
async function aFolder(): Promise<TempFolder> {
  const folder = await tempFolder();
  const [live, dead] = [join(folder.path, "live"), join(folder.path, "one.db")];
  const db = new DatabaseSync(live);
  db.exec("pragma journal_mode = wal; create table row (id integer primary key, text text)");
  const insert = db.prepare("insert into row (text) values (?)");
  for (let row = 0; row < 100; row += 1) insert.run("x".repeat(300));
  db.exec("pragma wal_checkpoint(truncate)");
  for (let row = 0; row < 100; row += 1) insert.run("y".repeat(300));
  for (const suffix of ["", "-wal"]) await copyFile(`${live}${suffix}`, `${dead}${suffix}`);
  db.close();
  return folder;
}

function contentOf(path: string): { readonly rows: number; readonly check: unknown } {
  const db = new DatabaseSync(path);
  const rows = db.prepare("select count(*) as rows from row").get()?.["rows"];
  const check = db.prepare("pragma integrity_check").get()?.["integrity_check"];
  db.close();
  return { rows: Number(rows), check };
}

test.each([1, 2, 3, 4, 5, 6, 7, 8])("what a power cut may leave costs nothing (seed %i)", async (seed) => {
  await using folder = await aFolder();

  const done = await tearFiles(folder.path, seededRandom(seed));

  expect(done.length).toBeGreaterThan(0);
  expect(contentOf(join(folder.path, "one.db"))).toEqual({ rows: 200, check: "ok" });
});

test("frames fit behind the last transaction: with a commit, they would count", async () => {
  await using folder = await aFolder();
  const path = join(folder.path, "one.db");
  const log = readLog(await readFile(`${path}-wal`));
  const page = [...(log?.pages ?? [])].at(-1) ?? 0;
  const frame = log?.nextFrame(page, Buffer.alloc(log.pageSize, 7), 2) ?? Buffer.alloc(0);

  await write(`${path}-wal`, log?.end ?? 0, frame);

  expect(() => contentOf(path)).toThrow(/malformed|not a database/);
});

test("nothing is a log but a log", () => {
  expect(readLog(Buffer.alloc(0))).toBeUndefined();
  expect(readLog(Buffer.alloc(5_000, 1))).toBeUndefined();
});
