import { statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { tempFolder } from "../../../test/support/temp-folder.ts";
import { openDatabase } from "./sqlite.ts";
import { SqliteFile } from "./sqlite-file.ts";
import { longLogPages } from "./write-ahead-log.ts";

const schema = ["create table note (text text not null)"];
/** An error of SQLite that means: a flush failed. */
const flushFailed = (): Error => Object.assign(new Error("disk I/O error"), { errcode: 1_034 });
const flush = { flush: true };

interface Opened extends AsyncDisposable {
  readonly file: SqliteFile<DatabaseSync>;
  readonly path: string;
  /** How often it was opened. */
  readonly opened: () => number;
  /** Whether all of the log was written since this was asked the last time. */
  readonly isLogRewritten: () => boolean;
}

/** A file with a log, which another process keeps. */
async function openFile(adapt: (db: DatabaseSync) => void = () => undefined): Promise<Opened> {
  const folder = await tempFolder();
  const path = join(folder.path, "notes.db");
  const other = openDatabase(path, schema);
  other.exec("insert into note values ('first')");
  let opened = 0;
  const file = new SqliteFile(path, schema, {}, (db) => {
    opened += 1;
    adapt(db);
    return db;
  });
  const log = `${path}-wal`;
  const age = (): void => utimesSync(log, 1, 1);
  age();
  return {
    file,
    path,
    opened: () => opened,
    isLogRewritten: () => {
      const { mtimeMs } = statSync(log);
      age();
      return mtimeMs > 1_000;
    },
    [Symbol.asyncDispose]: async () => {
      file.close();
      other.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

const nothing = (): undefined => undefined;
const count = (db: DatabaseSync): unknown =>
  db.prepare("select count(*) as count from note").get()?.["count"];

test("a log of which the disk may lack a part is written once more before anything is written behind it", async () => {
  await using opened = await openFile();

  opened.file.transaction(flush, nothing);
  const first = opened.isLogRewritten();
  opened.file.transaction(flush, nothing);

  expect([first, opened.isLogRewritten()]).toEqual([true, false]);
});

test("so is the log after an error of the disk, before the file is closed", async () => {
  await using opened = await openFile();
  opened.file.transaction(flush, nothing);
  opened.isLogRewritten();

  const failing = (): never => {
    throw flushFailed();
  };
  expect(() => opened.file.transaction(flush, failing)).toThrow("disk I/O error");

  expect(opened.isLogRewritten()).toBe(true);
});

const page = "x".repeat(16_384);
const addLongLog = (db: DatabaseSync): void => {
  for (let pages = 0; pages < longLogPages; pages += 1) db.prepare("insert into note values (?)").run(page);
};

test("a log that is long is written back to the database", async () => {
  await using opened = await openFile();
  const before = statSync(opened.path).size;

  opened.file.transaction(flush, addLongLog);

  expect(statSync(opened.path).size - before).toBeGreaterThan(longLogPages * page.length);
});

test("if a flush fails meanwhile, the commit counts, and the file is opened anew", async () => {
  await using opened = await openFile((db) => {
    const prepare = db.prepare.bind(db);
    db.prepare = (sql, ...rest) => {
      const statement = prepare(sql, ...rest);
      if (!sql.includes("passive")) return statement;
      statement.get = () => {
        throw flushFailed();
      };
      return statement;
    };
  });

  opened.file.transaction(flush, addLongLog);

  expect(opened.file.use(count)).toBe(1 + longLogPages);
  expect(opened.opened()).toBe(2);
});
