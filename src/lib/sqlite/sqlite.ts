import { accessSync, closeSync, constants, openSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { DataInUseError, DataVersionError } from "../../errors.ts";
import type { EngineReport } from "../engines/engine-report.ts";
import { codeOf } from "../error-code.ts";
import { unusable } from "./full-disk.ts";
import { makeFolder } from "../make-folder.ts";
import { ForeignFileError, isBusy } from "./sqlite-errors.ts";
import { type Volume, volumeOf } from "./volume.ts";

const pageBytes = 16 * 1024;
/** A commit that finds so many pages in the log writes it back, which takes some milliseconds for each MiB. */
export const checkpointPages: number = (4 * 1024 * 1024) / pageBytes;

/** The pause, in ms, where SQLite itself does not wait for another process's lock. */
const busyPauseMs = 50;

const durability: Readonly<Record<Volume, string>> = {
  disk: "Flushed to this machine's disk before each answer: survives a crash and a power cut, not the loss of the disk.",
  memory: "In this machine's memory (tmpfs): survives a crash of Hookwell, not a restart of the machine.",
  container:
    "Flushed to the disk before each answer, but inside the container: survives a crash and a power cut, not the removal of the container.",
  network: "On a network drive: survives a crash of Hookwell; SQLite promises nothing more there.",
};

/** What a database that was opened by `openDatabase` keeps, by where its file is. */
export const sqliteReport = (path: string): EngineReport => ({
  engine: `SQLite ${process.versions.sqlite ?? ""}`.trim(),
  durability: durability[volumeOf(dirname(path))],
  warnings: [],
});

/**
 * Steps from an empty file to the newest schema, in order. Steps are appended, never edited. A file is known by the table
 * that the first step makes first, so no later step takes that away.
 */
export type Schema = readonly string[];

export interface OpenOptions {
  /** How long a call waits for another process's lock, in ms. */
  readonly busyMs?: number;
  /**
   * How long the opening waits for another process that brings the file to the newest version, in ms. By default enough
   * for many gigabytes.
   */
  readonly upgradeMs?: number;
  /** Keeps every other process out for as long as it is open. */
  readonly exclusive?: boolean;
}

const usual: Required<OpenOptions> = { busyMs: 5_000, upgradeMs: 60_000, exclusive: false };

/**
 * Opens a database whose commits survive a power cut: write-ahead log, and a flush to the disk at each commit. Both are
 * read back, since SQLite silently ignores a pragma that it does not know or cannot follow.
 *
 * @throws {DataVersionError} if a newer Hookwell wrote the file
 * @throws {DataUnusableError} if it is damaged or of another kind, or cannot be written
 * @throws {DataInUseError} if another process does not let go of it; when opening exclusively, SQLite's own error
 */
export function openDatabase(path: string, schema: Schema, options: OpenOptions = {}): DatabaseSync {
  const how = { ...usual, ...options };
  const until = performance.now() + how.busyMs;
  for (;;) {
    try {
      return open(path, schema, how);
    } catch (error) {
      if (error instanceof DataVersionError) throw error;
      if (!isBusy(error)) throw unusable(path, error as Error);
      if (how.exclusive) throw error;
      if (performance.now() >= until) throw new DataInUseError(path, { cause: error });
      // In some steps, as when two processes make one file at the same moment, SQLite says so without any wait.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, busyPauseMs);
    }
  }
}

function open(
  path: string,
  schema: Schema,
  { busyMs, upgradeMs, exclusive }: Required<OpenOptions>,
): DatabaseSync {
  makeFolder(dirname(path));
  if (path !== ":memory:") ensureFile(path);
  const db = new DatabaseSync(path, { timeout: busyMs });
  try {
    if (exclusive) db.exec("pragma locking_mode = exclusive");
    assertKind(db, schema);
    // Large pages, since bodies fill them; a file that exists keeps its own. The log is written back in small pieces.
    db.exec(`pragma page_size = ${pageBytes}; pragma wal_autocheckpoint = ${checkpointPages}`);
    db.exec("pragma journal_mode = wal; pragma synchronous = full; pragma temp_store = memory");
    expectPragma(db, "journal_mode", "wal");
    expectPragma(db, "synchronous", 2);
    if (versionOf(db) !== schema.length) {
      // Another process may be upgrading it, and copying everything in it. One that has it exclusively will not let go
      // of it.
      db.exec(`pragma busy_timeout = ${exclusive ? busyMs : upgradeMs}`);
      migrate(db, path, schema);
      db.exec(`pragma busy_timeout = ${busyMs}`);
    }
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/**
 * Makes the file for the owner alone, whatever the umask says: events are personal data. The log beside it gets the
 * same mode.
 *
 * A file that is there is not opened: by the rules of POSIX, closing it again would end all locks that this process has
 * on it. Then another process could remove the log while this one writes, or get in where one has to be alone.
 */
function ensureFile(path: string): void {
  try {
    closeSync(openSync(path, "ax", 0o600));
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
    // SQLite would open a file that it may only read, and fail at the first write.
    accessSync(path, constants.R_OK | constants.W_OK);
  }
}

/** Before anything is changed: the file may be somebody else's. */
function assertKind(db: DatabaseSync, [first = ""]: Schema): void {
  const [, table] = /create table (\w+)/.exec(first) ?? [];
  const tables = db.prepare("select name from sqlite_schema where type = 'table'").all();
  if (tables.length > 0 && table !== undefined && !tables.some(({ name }) => name === table))
    throw new ForeignFileError(`it is a database of another kind, without a table ${table}`);
}

function expectPragma(db: DatabaseSync, name: string, expected: string | number): void {
  const found = Object.values(db.prepare(`pragma ${name}`).get() ?? {})[0];
  if (found !== expected) throw new Error(`SQLite's ${name} is ${String(found)}, but must be ${expected}.`);
}

function migrate(db: DatabaseSync, path: string, schema: Schema): void {
  transaction(db, () => {
    const version = versionOf(db);
    if (version > schema.length)
      throw new DataVersionError(path, version, schema.length, "set HOOKWELL_DATA to another folder");
    for (const step of schema.slice(version)) db.exec(step);
    db.exec(`pragma user_version = ${schema.length}`);
  });
}

function versionOf(db: DatabaseSync): number {
  return Number(db.prepare("pragma user_version").get()?.["user_version"]);
}

/** Runs `work` in one transaction that has the write lock from its beginning; an error undoes all of it. */
export function transaction<T>(db: DatabaseSync, work: () => T): T {
  db.exec("begin immediate");
  try {
    const result = work();
    db.exec("commit");
    return result;
  } catch (error) {
    // A full disk may have ended the transaction already.
    if (db.isTransaction) db.exec("rollback");
    throw error;
  }
}

export interface FlushOptions {
  readonly flush: boolean;
}

/**
 * Says whether commits from here on wait until they are on the disk, as they do by default. One that did not wait
 * survives a crash of the process, but a power cut only if a later one waited.
 */
export function flushCommits(db: DatabaseSync, { flush }: FlushOptions): void {
  db.exec(`pragma synchronous = ${flush ? "full" : "normal"}`);
}
