import { rmSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { DataUnusableError } from "../../errors.ts";
import { isDiskFull, noRoom } from "./full-disk.ts";
import { isDamage, isOfDisk } from "./sqlite-errors.ts";
import {
  type FlushOptions,
  flushCommits,
  openDatabase,
  type OpenOptions,
  type Schema,
  transaction,
} from "./sqlite.ts";
import type { Failure, ServiceCall } from "../threads/thread-calls.ts";
import { errorText } from "../is-error.ts";
import { inodeOf, WriteAheadLog } from "./write-ahead-log.ts";

interface OpenFile<T> {
  readonly db: DatabaseSync;
  readonly store: T;
  readonly log: WriteAheadLog;
  readonly inode: number;
}

/**
 * A database file that heals: it is opened when it is needed, and after an error (disk full, folder read-only, I/O) it
 * is closed, so that the next use begins anew. A file that was moved, deleted or replaced meanwhile is noticed before
 * anything is lost in it. A damaged one stays closed until a person has seen to it.
 */
export class SqliteFile<T> {
  readonly #path: string;
  readonly #schema: Schema;
  readonly #options: OpenOptions;
  readonly #prepare: (db: DatabaseSync) => T;
  #open: OpenFile<T> | undefined;
  #damage: DataUnusableError | undefined;
  /** Whether the disk may lack a part of the log: a flush may have failed before, also in another process. */
  #isLogInDoubt = true;

  /** @param prepare makes what works on a fresh connection, such as prepared statements */
  constructor(path: string, schema: Schema, options: OpenOptions, prepare: (db: DatabaseSync) => T) {
    this.#path = path;
    this.#schema = schema;
    this.#options = options;
    this.#prepare = prepare;
  }

  /** Runs `work` on the open file; an error closes the file before it is passed on. */
  use<R>(work: (store: T, db: DatabaseSync) => R): R {
    // What is written into a damaged file may never be found again.
    if (this.#damage !== undefined) throw this.#damage;
    try {
      this.#leaveIfGone();
      const { store, db } = (this.#open ??= this.#opened());
      return work(store, db);
    } catch (error) {
      this.#leave(error);
      if (isDamage(error)) this.#damage = new DataUnusableError(this.#path, error as Error);
      throw this.#damage ?? (isDiskFull(error, this.#path) ? this.#noRoom(error) : error);
    }
  }

  /** The same in one transaction; `flush`: see `flushCommits`. */
  transaction<R>(options: FlushOptions, work: (store: T) => R): R {
    return this.use((store, db) => {
      this.#mendLog();
      flushCommits(db, options);
      const result = transaction(db, () => work(store));
      this.#writeBackLog();
      return result;
    });
  }

  close(): void {
    const db = this.#open?.db;
    this.#open = undefined;
    db?.close();
  }

  /** What was committed before stays so, whatever comes of this. */
  #writeBackLog(): void {
    try {
      this.#open?.log.writeBackIfLong();
    } catch (error) {
      this.#leave(error);
    }
  }

  /** Closes the file after an error. */
  #leave(error: unknown): void {
    if (isOfDisk(error)) this.#doubtLog();
    this.close();
  }

  /** A flush may have failed. Closing may write the log back, which is safe only if the disk has all of it. */
  #doubtLog(): void {
    try {
      this.#open?.db.exec("pragma busy_timeout = 0");
      this.#open?.log.mend();
    } catch {
      // It is done before the next transaction.
    }
    // In any case: the next opening finds a commit that failed in the log, takes it for one that did not, and the disk
    // may lack it.
    this.#isLogInDoubt = true;
  }

  #mendLog(): void {
    if (!this.#isLogInDoubt || this.#open === undefined) return;
    this.#open.log.mend();
    this.#isLogInDoubt = false;
  }

  #leaveIfGone(): void {
    if (this.#open === undefined || inodeOf(this.#path) === this.#open.inode) return;
    const { log } = this.#open;
    this.close();
    // SQLite leaves behind the log of a file that is gone, and would replay it into the file that took its place.
    if (inodeOf(`${this.#path}-wal`) !== log.inode) return;
    for (const suffix of ["-wal", "-shm"]) rmSync(`${this.#path}${suffix}`, { force: true });
  }

  #noRoom(cause: unknown): Error {
    return new Error(`${this.#path} ${noRoom}; no restart is needed.`, { cause });
  }

  #opened(): OpenFile<T> {
    const db = openDatabase(this.#path, this.#schema, this.#options);
    try {
      const store = this.#prepare(db);
      return { db, store, log: new WriteAheadLog(db), inode: inodeOf(this.#path) };
    } catch (error) {
      db.close();
      throw error;
    }
  }
}

/** The same failure for every call of a batch: they shared one transaction, which was undone. */
export function failed(calls: readonly ServiceCall[], error: unknown): readonly Failure[] {
  const failure = { error: errorText(error) };
  return calls.map(() => failure);
}
