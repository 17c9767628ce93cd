import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { cp, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { endChild } from "../../../test/support/servers/end-child.ts";
import { tempFolder, type TempFolder } from "../../../test/support/temp-folder.ts";
import { DataUnusableError } from "../../errors.ts";
import { DamageError } from "./sqlite-errors.ts";
import { openDatabase } from "./sqlite.ts";
import { failed, SqliteFile } from "./sqlite-file.ts";

const schema = ["create table note (text text not null)"];

/** What works with the file: adds notes and lists them. */
class Notes {
  readonly #db: DatabaseSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  add(text: string): void {
    this.#db.prepare("insert into note (text) values (?)").run(text);
  }

  all(): readonly string[] {
    return this.#db
      .prepare("select text from note")
      .all()
      .map((row) => String(row["text"]));
  }
}

interface OpenFile extends AsyncDisposable {
  readonly file: SqliteFile<Notes>;
  readonly path: string;
  /** How often it was opened. */
  readonly opened: () => number;
}

async function openFile(): Promise<OpenFile> {
  const folder: TempFolder = await tempFolder();
  const path = join(folder.path, "data", "notes.db");
  let opened = 0;
  const file = new SqliteFile(path, schema, {}, (db) => {
    opened += 1;
    return new Notes(db);
  });
  return {
    file,
    path,
    opened: () => opened,
    [Symbol.asyncDispose]: async () => {
      file.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** Another process that has read the file, and keeps it open until it is killed; or until the test dies. */
async function openElsewhere(path: string): Promise<ChildProcess> {
  const script = `const db = new (require("node:sqlite").DatabaseSync)(process.argv[1]);
    console.log(db.prepare("select count(*) as count from note").get().count);
    process.stdin.on("end", () => process.exit(db.isOpen ? 0 : 1)).resume();`;
  const child = spawn(process.execPath, ["-e", script, path], { stdio: ["pipe", "pipe", "inherit"] });
  await once(child.stdout, "data");
  return child;
}

const add = (text: string) => (notes: Notes) => notes.add(text);
const all = (notes: Notes): readonly string[] => notes.all();

test("the file is opened when it is first used, and once", async () => {
  await using opened = await openFile();
  expect(existsSync(opened.path)).toBe(false);

  opened.file.use(add("a"));
  opened.file.use(add("b"));

  expect(opened.file.use(all)).toEqual(["a", "b"]);
  expect(opened.opened()).toBe(1);
});

test("an error names the file if its disk is full, and what helps", async () => {
  await using opened = await openFile();
  opened.file.use(add("a"));

  const fill = (notes: Notes, db: DatabaseSync): void => {
    db.exec("pragma max_page_count = 1");
    notes.add("x".repeat(100_000));
  };

  expect(() => opened.file.use(fill)).toThrow(
    `${opened.path} cannot be written: its disk is full. Make room there; no restart is needed.`,
  );
  expect(opened.file.use(all)).toEqual(["a"]);
});

test("after an error it begins anew", async () => {
  await using opened = await openFile();
  opened.file.use(add("kept"));

  const failing = (): never =>
    opened.file.use((_notes, db) => {
      db.exec("begin");
      db.exec("insert into note values ('undone')");
      throw new Error("disk full");
    });

  expect(failing).toThrow("disk full");
  expect(opened.file.use(all)).toEqual(["kept"]);
  expect(opened.opened()).toBe(2);
});

test("a file that cannot be opened is tried again with the next use", async () => {
  await using opened = await openFile();
  const folder = join(opened.path, "..");
  await writeFile(folder, "in the way");
  expect(() => opened.file.use(all)).toThrow(/EEXIST|ENOTDIR/);

  await rm(folder);

  expect(opened.file.use(all)).toEqual([]);
});

test("a file that was deleted under its feet is made anew before anything is written", async () => {
  await using opened = await openFile();
  opened.file.use(add("lost"));
  await rm(opened.path);

  opened.file.use(add("kept"));

  expect(opened.file.use(all)).toEqual(["kept"]);
  opened.file.close();
  const db = openDatabase(opened.path, schema);
  expect(new Notes(db).all()).toEqual(["kept"]);
  db.close();
});

test("a folder that was deleted under its feet is made anew too", async () => {
  await using opened = await openFile();
  opened.file.use(add("lost"));
  await rm(join(opened.path, ".."), { recursive: true });

  opened.file.use(add("kept"));

  expect(opened.file.use(all)).toEqual(["kept"]);
});

test("a file that was replaced by another is noticed, as when a backup is put back", async () => {
  await using opened = await openFile();
  opened.file.use(add("in the backup"));
  opened.file.close();
  await cp(opened.path, `${opened.path}.backup`);
  opened.file.use(add("after the backup"));

  await rename(`${opened.path}.backup`, opened.path);

  expect(opened.file.use(all)).toEqual(["in the backup"]);
});

test("a file that was replaced is noticed too while another process has the old one open", async () => {
  await using opened = await openFile();
  opened.file.use(add("in the backup"));
  opened.file.close();
  await cp(opened.path, `${opened.path}.backup`);
  opened.file.use(add("after the backup"));
  const other = await openElsewhere(opened.path);

  await rename(`${opened.path}.backup`, opened.path);
  opened.file.use(add("from then on"));

  expect(opened.file.use(all)).toEqual(["in the backup", "from then on"]);
  await endChild(other, "SIGKILL");
  opened.file.close();
  expect(opened.file.use(all)).toEqual(["in the backup", "from then on"]);
});

test("a log that another process has begun beside the file in its place is left alone", async () => {
  await using opened = await openFile();
  opened.file.use(add("lost"));
  for (const suffix of ["", "-wal", "-shm"]) await rm(`${opened.path}${suffix}`);
  const other = openDatabase(opened.path, schema);
  new Notes(other).add("of the other");

  expect(opened.file.use(all)).toEqual(["of the other"]);

  other.close();
});

test("a file that was moved away keeps what it had, and a new one is begun", async () => {
  await using opened = await openFile();
  opened.file.use(add("old"));
  opened.file.use((_notes, db) => db.exec("pragma wal_checkpoint(truncate)"));
  await rename(opened.path, `${opened.path}.old`);

  opened.file.use(add("new"));

  expect(opened.file.use(all)).toEqual(["new"]);
  const db = openDatabase(`${opened.path}.old`, schema);
  expect(new Notes(db).all()).toEqual(["old"]);
  db.close();
});

test("what cannot be prepared leaves no open file behind", async () => {
  await using folder = await tempFolder();
  const seen: DatabaseSync[] = [];
  const file = new SqliteFile(join(folder.path, "notes.db"), schema, {}, (db) => {
    seen.push(db);
    throw new Error("no such table");
  });

  expect(() => file.use(() => undefined)).toThrow("no such table");

  expect(seen.map((db) => db.isOpen)).toEqual([false]);
});

test("closing twice does no harm, and a use after it opens the file again", async () => {
  await using opened = await openFile();
  opened.file.use(add("a"));

  opened.file.close();
  opened.file.close();

  expect(opened.file.use(all)).toEqual(["a"]);
});

test("a failure is the same for all calls that shared it", () => {
  const calls = ["send", "ack"].map((method) => ({ method, arg: undefined, bytes: [] }));

  expect(failed(calls, new Error("disk full"))).toEqual([{ error: "disk full" }, { error: "disk full" }]);
  expect(failed(calls.slice(1), "odd")).toEqual([{ error: "odd" }]);
});

test("a file that is damaged stays closed, and every use says which one and what to do", async () => {
  await using folder = await tempFolder();
  const path = join(folder.path, "a.db");
  const file = new SqliteFile(path, [], {}, () => undefined);
  const read = (): unknown => file.use(() => "read");
  read();

  const first = (): unknown =>
    file.use(() => {
      throw new DamageError("not what was written");
    });

  expect(first).toThrow(`${path} cannot be used: not what was written`);
  expect(read).toThrow(DataUnusableError);
  expect(read).toThrow(/restore it from a backup/);
});
