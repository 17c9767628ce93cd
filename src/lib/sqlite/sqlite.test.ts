import { execFile } from "node:child_process";
import { once } from "node:events";
import { statSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { promisify } from "node:util";
import { Worker } from "node:worker_threads";
import { describe, expect, test, vi } from "vitest";
import { tempFolder } from "../../../test/support/temp-folder.ts";
import { DataInUseError, DataUnusableError, DataVersionError } from "../../errors.ts";
import { flushCommits, openDatabase, transaction, type Schema } from "./sqlite.ts";
import { isBusy } from "./sqlite-errors.ts";

const first = "create table note (text text not null)";
const second = "alter table note add column stars integer not null default 0";

const notesOf = (db: DatabaseSync): readonly unknown[] =>
  db
    .prepare("select * from note")
    .all()
    .map((row) => ({ ...row }));

/** Opens, works, and closes. */
function use<T>(path: string, schema: Schema, work: (db: DatabaseSync) => T): T {
  const db = openDatabase(path, schema);
  try {
    return work(db);
  } finally {
    db.close();
  }
}

const add = (text: string) => (db: DatabaseSync) =>
  db.prepare("insert into note (text) values (?)").run(text);

/** What another process reads in it. */
async function notesElsewhere(path: string): Promise<unknown> {
  const script = `const db = new (require("node:sqlite").DatabaseSync)(process.argv[1]);
    console.log(JSON.stringify(db.prepare("select * from note").all()));`;
  const { stdout } = await promisify(execFile)(process.execPath, ["-e", script, path]);
  return JSON.parse(stdout);
}

describe("a database", () => {
  test("is made with its folder, for the owner alone", async () => {
    await using folder = await tempFolder();
    const path = join(folder.path, "a", "b", "notes.db");

    const modes = use(path, [first], (db) => {
      add("hello")(db);
      return [join(folder.path, "a", "b"), path, `${path}-wal`].map((each) => statSync(each).mode & 0o777);
    });

    expect(modes).toEqual([0o700, 0o600, 0o600]);
    expect(use(path, [first], notesOf)).toEqual([{ text: "hello" }]);
  });

  test("flushes every commit to the disk, and reads while it writes", async () => {
    await using folder = await tempFolder();

    const settings = use(join(folder.path, "notes.db"), [first], (db) =>
      ["journal_mode", "synchronous"].map(
        (name) => Object.values(db.prepare(`pragma ${name}`).get() ?? {})[0],
      ),
    );

    expect(settings).toEqual(["wal", 2]);
  });

  test("has large pages, a log that is written back in small pieces, and no temporary files", async () => {
    await using folder = await tempFolder();

    const found = use(join(folder.path, "notes.db"), [first], (db) =>
      ["page_size", "wal_autocheckpoint", "temp_store"].map((name) =>
        Object.values(db.prepare(`pragma ${name}`).get() ?? {}).at(0),
      ),
    );

    // 16 KiB; 4 MiB; in memory.
    expect(found).toEqual([16_384, 256, 2]);
  });

  test("that cannot promise that is not opened", () => {
    // A database in memory has no write-ahead log, and SQLite says nothing.
    expect(() => openDatabase(":memory:", [first])).toThrow(
      "SQLite's journal_mode is memory, but must be wal.",
    );
  });

  test("takes the steps of the schema that it lacks, and keeps what it has", async () => {
    await using folder = await tempFolder();
    const path = join(folder.path, "notes.db");
    use(path, [first], add("old"));

    use(path, [first, second], add("new"));

    expect(use(path, [first, second], notesOf)).toEqual([
      { text: "old", stars: 0 },
      { text: "new", stars: 0 },
    ]);
  });

  test("of a newer version is refused, with both versions, and stays as it is", async () => {
    await using folder = await tempFolder();
    const path = join(folder.path, "notes.db");
    use(path, [first, second], add("new"));

    expect(() => openDatabase(path, [first])).toThrow(DataVersionError);

    expect(() => openDatabase(path, [first])).toThrow(
      `${path} has version 2, but this Hookwell knows versions up to 1.`,
    );
    expect(use(path, [first, second], notesOf)).toEqual([{ text: "new", stars: 0 }]);
  });

  test("whose schema fails half-way is as it was before", async () => {
    await using folder = await tempFolder();
    const path = join(folder.path, "notes.db");
    use(path, [first], add("old"));

    expect(() => openDatabase(path, [first, second, "create nonsense"])).toThrow(/syntax error/);

    expect(use(path, [first], notesOf)).toEqual([{ text: "old" }]);
  });

  test("of another kind is refused, and stays as it is", async () => {
    await using folder = await tempFolder();
    const path = join(folder.path, "other.db");
    using other = new DatabaseSync(path);
    other.exec("create table bookmark (url text); pragma user_version = 1");

    expect(() => openDatabase(path, [first])).toThrow(DataUnusableError);

    expect(() => openDatabase(path, [first, second])).toThrow(/a database of another kind/);
    expect(other.prepare("pragma journal_mode").get()).toEqual({ journal_mode: "delete" });
  });

  test("may be opened by several at once", async () => {
    await using folder = await tempFolder();
    const path = join(folder.path, "notes.db");
    const [one, two] = [openDatabase(path, [first]), openDatabase(path, [first])];

    add("by one")(one);
    add("by two")(two);

    expect(notesOf(one)).toEqual([{ text: "by one" }, { text: "by two" }]);
    one.close();
    two.close();
  });

  test("that another process brings to the newest version is waited for, longer than for a lock", async () => {
    await using folder = await tempFolder();
    const path = join(folder.path, "notes.db");
    use(path, [first], add("from before"));
    const upgrading = new Worker(
      `const { parentPort, workerData } = require("node:worker_threads");
      const db = new (require("node:sqlite").DatabaseSync)(workerData.path);
      db.exec("begin immediate; " + workerData.second + "; pragma user_version = 2");
      parentPort.postMessage("begun");
      setTimeout(() => db.exec("commit"), 300);`,
      { eval: true, workerData: { path, second } },
    );
    await once(upgrading, "message");

    using db = openDatabase(path, [first, second], { busyMs: 10 });

    expect(notesOf(db)).toEqual([{ text: "from before", stars: 0 }]);
  });

  test("waits for a lock no longer than usual once it is brought to the newest version", async () => {
    await using folder = await tempFolder();
    const path = join(folder.path, "notes.db");

    const timeout = use(path, [first], (db) => db.prepare("pragma busy_timeout").get()?.["timeout"]);

    expect(timeout).toBe(5_000);
  });

  test("that another process does not let go of is in use", async () => {
    await using folder = await tempFolder();
    const path = join(folder.path, "notes.db");
    use(path, [first], add("from before"));
    using other = new DatabaseSync(path);
    other.exec("begin immediate");

    const opening = (): unknown => openDatabase(path, [first, second], { busyMs: 10, upgradeMs: 20 });

    expect(opening).toThrow(DataInUseError);
  });

  test("that another process has for a moment in which SQLite does not wait is opened a moment later", async () => {
    await using folder = await tempFolder();
    const busy = Object.assign(new Error("database is locked"), { code: "ERR_SQLITE_ERROR", errcode: 5 });
    const exec = vi.spyOn(DatabaseSync.prototype, "exec");
    for (let tries = 0; tries < 2; tries += 1)
      exec.mockImplementationOnce(() => {
        throw busy;
      });

    const db = openDatabase(join(folder.path, "notes.db"), [first]);
    const ends = exec.mock.results.slice(0, 3).map(({ type }) => type);
    exec.mockRestore();

    expect(ends).toEqual(["throw", "throw", "return"]);
    expect(notesOf(db)).toEqual([]);
    db.close();
  });

  test("that is opened for one alone keeps all others out, and the error says busy", async () => {
    await using folder = await tempFolder();
    const path = join(folder.path, "notes.db");
    const owner = openDatabase(path, [first], { exclusive: true });

    const error = vi.fn((): unknown => undefined);
    try {
      openDatabase(path, [first], { exclusive: true, busyMs: 10 });
    } catch (cause) {
      error.mockReturnValue(cause);
    }

    expect(isBusy(error())).toBe(true);
    owner.close();
    expect(use(path, [first], notesOf)).toEqual([]);
  });

  test("keeps its locks when the same process opens it once more", async () => {
    await using folder = await tempFolder();
    const path = join(folder.path, "notes.db");
    using owner = openDatabase(path, [first], { exclusive: true });

    expect(() => openDatabase(path, [first], { exclusive: true, busyMs: 10 })).toThrow(/locked/);

    await expect(notesElsewhere(path)).rejects.toThrow(/database is locked/);
    expect(notesOf(owner)).toEqual([]);
  });
});

describe("a transaction", () => {
  test("gives what its work gives, and keeps what it did", async () => {
    await using folder = await tempFolder();
    const path = join(folder.path, "notes.db");

    const result = use(path, [first], (db) => transaction(db, () => add("kept")(db).changes));

    expect(result).toBe(1);
    expect(use(path, [first], notesOf)).toEqual([{ text: "kept" }]);
  });

  test("whose work fails undoes all of it, and the next one works", async () => {
    await using folder = await tempFolder();
    const path = join(folder.path, "notes.db");

    use(path, [first], (db) => {
      const failing = (): never => {
        add("undone")(db);
        throw new Error("half-way");
      };
      expect(() => transaction(db, failing)).toThrow("half-way");
      transaction(db, () => add("kept")(db));
    });

    expect(use(path, [first], notesOf)).toEqual([{ text: "kept" }]);
  });

  test("that SQLite itself has ended passes on its error", async () => {
    await using folder = await tempFolder();

    use(join(folder.path, "notes.db"), [first], (db) => {
      const failing = (): never => {
        db.exec("rollback");
        throw new Error("disk full");
      };
      expect(() => transaction(db, failing)).toThrow("disk full");
    });
  });
});

test("a folder that cannot be made is an error of the file system", async () => {
  await using folder = await tempFolder();
  await writeFile(join(folder.path, "file"), "");

  expect(() => openDatabase(join(folder.path, "file", "notes.db"), [first])).toThrow(/EEXIST|ENOTDIR/);
});

test("a file that is no database is refused with a sentence that names it and the cure", async () => {
  await using folder = await tempFolder();
  const path = join(folder.path, "queue.db");
  await writeFile(path, "no database at all ".repeat(100));

  expect(() => openDatabase(path, [])).toThrow(DataUnusableError);
  expect(() => openDatabase(path, [])).toThrow(
    /queue\.db cannot be used: .*not a database.*restore it from a backup/,
  );
});

test("commits wait for the disk from the start, and as they are told later", async () => {
  await using folder = await tempFolder();
  const db = openDatabase(join(folder.path, "a.db"), []);
  const synchronous = (): unknown => db.prepare("pragma synchronous").get()?.["synchronous"];
  const before = synchronous();

  flushCommits(db, { flush: false });
  const told = synchronous();
  flushCommits(db, { flush: true });

  expect([before, told, synchronous()]).toEqual([2, 1, 2]);
  db.close();
});

test("what is wrong with a file is told in whole sentences", () => {
  const { message } = new DataUnusableError(
    "queue.db",
    new Error("Its journal_mode is off, and must be wal."),
  );

  expect(message).toMatch(/^queue\.db cannot be used: Its journal_mode is off, and must be wal\. Make sure/);
});
