import fs, { renameSync, statSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { afterEach, expect, test, vi } from "vitest";
import { tempFolder } from "../../../test/support/temp-folder.ts";
import { checkpointPages, openDatabase, transaction } from "./sqlite.ts";
import { SqliteFile } from "./sqlite-file.ts";

afterEach(() => {
  vi.restoreAllMocks();
  syncBuiltinESMExports();
});

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

test("what an error that is not of the disk closes is not written once more", async () => {
  await using opened = await openFile();
  opened.file.transaction(flush, nothing);
  opened.isLogRewritten();

  const failing = (): never => {
    throw Object.assign(new Error("database is locked"), { errcode: 5 });
  };
  expect(() => opened.file.transaction(flush, failing)).toThrow("locked");
  opened.file.transaction(flush, nothing);

  expect([opened.opened(), opened.isLogRewritten()]).toEqual([2, false]);
});

test("only what is in use of the log is written once more", async () => {
  await using opened = await openFile();
  const log = `${opened.path}-wal`;
  const { size } = statSync(log);
  fs.appendFileSync(log, Buffer.alloc(8 * 1024 * 1024));
  const write = vi.spyOn(fs, "writeSync");
  syncBuiltinESMExports();

  opened.file.transaction(flush, nothing);

  const written = write.mock.results.map(({ value }) => Number(value));
  expect(written.reduce((sum, bytes) => sum + bytes, 0)).toBe(size);
});

test("the log is found beside the file itself, where the path is a link to it", async () => {
  await using opened = await openFile();
  await using folder = await tempFolder();
  const path = join(folder.path, "linked.db");
  symlinkSync(opened.path, path);
  const linked = new SqliteFile(path, schema, {}, (db) => db);

  linked.transaction(flush, nothing);

  expect(opened.isLogRewritten()).toBe(true);
  linked.close();
});

test("a log that another file's has taken the place of is left alone", async () => {
  await using opened = await openFile();
  opened.file.use(count);
  const log = `${opened.path}-wal`;
  renameSync(log, `${log}-old`);
  writeFileSync(log, "of another file");
  opened.isLogRewritten();

  opened.file.transaction(flush, nothing);

  expect(opened.isLogRewritten()).toBe(false);
});

test("a log into which another process writes is not written once more, or what comes meanwhile would be lost", async () => {
  await using opened = await openFile();
  const file = new SqliteFile(opened.path, schema, { busyMs: 0 }, (db) => db);
  using writer = openDatabase(opened.path, schema);
  writer.exec("begin immediate");

  expect(() => file.transaction(flush, nothing)).toThrow("locked");
  const whileLocked = opened.isLogRewritten();
  writer.exec("commit");
  file.transaction(flush, nothing);

  expect([whileLocked, opened.isLogRewritten()]).toEqual([false, true]);
  file.close();
});

test("a disk that does not take the log once more fails what would be written behind it, and has it again before the file is closed", async () => {
  await using opened = await openFile();
  const fsync = vi.spyOn(fs, "fsyncSync").mockImplementationOnce(() => {
    throw Object.assign(new Error("EIO: i/o error, fsync"), { code: "EIO" });
  });
  syncBuiltinESMExports();

  expect(() => opened.file.transaction(flush, addLongLog)).toThrow("EIO");

  expect(fsync).toHaveBeenCalledTimes(2);
  expect(opened.file.use(count)).toBe(1);
});

test("so is the log after an error of the disk, before the file is closed and after it is opened again", async () => {
  await using opened = await openFile();
  opened.file.transaction(flush, nothing);
  opened.isLogRewritten();

  const failing = (): never => {
    throw flushFailed();
  };
  expect(() => opened.file.transaction(flush, failing)).toThrow("disk I/O error");

  expect(opened.isLogRewritten()).toBe(true);
  opened.file.transaction(flush, nothing);
  expect(opened.isLogRewritten()).toBe(true);
});

const page = "x".repeat(16_384);
const addLongLog = (db: DatabaseSync): void => {
  for (let pages = 0; pages < checkpointPages; pages += 1)
    db.prepare("insert into note values (?)").run(page);
};

test("a log that is long is written back to the database", async () => {
  await using opened = await openFile();
  const before = statSync(opened.path).size;

  opened.file.transaction(flush, addLongLog);

  expect(statSync(opened.path).size - before).toBeGreaterThan(checkpointPages * page.length);
});

test("a log that is long is not written back by SQLite itself, which would tell nobody of a flush that fails", async () => {
  await using opened = await openFile();
  const before = statSync(opened.path).size;

  opened.file.use((db) => transaction(db, () => addLongLog(db)));

  expect(statSync(opened.path).size).toBe(before);
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

  expect(opened.file.use(count)).toBe(1 + checkpointPages);
  expect(opened.opened()).toBe(2);
});
