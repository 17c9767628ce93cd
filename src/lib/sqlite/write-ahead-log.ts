import { closeSync, fstatSync, fsyncSync, openSync, readSync, statSync, writeSync } from "node:fs";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { codeOf } from "../error-code.ts";
import { isBusy, isFull } from "./sqlite-errors.ts";
import { checkpointPages } from "./sqlite.ts";

/** Sizes of SQLite's file format. */
const headerBytes = 32;
const frameHeaderBytes = 24;

const pieceBytes = 1024 * 1024;

/**
 * The write-ahead log of an open database. When a flush fails, the operating system takes what it could not write for
 * written: the next flush succeeds, and the log has a gap on the disk that nobody sees while the system runs. After a
 * power cut nothing behind the gap is found again, not even what was flushed later. Each process that has the file open
 * hears of such a failure at its own next flush, since Linux tells it once for each opening of a file.
 */
export class WriteAheadLog {
  /** Of its file. */
  readonly inode: number;
  readonly #db: DatabaseSync;
  readonly #path: string;
  readonly #frameBytes: number;
  readonly #length: StatementSync | undefined;
  readonly #writeBack: StatementSync | undefined;

  constructor(db: DatabaseSync) {
    this.#db = db;
    // Beside the file itself, should the path be a link to it.
    this.#path = `${db.location() ?? ""}-wal`;
    this.inode = inodeOf(this.#path);
    this.#frameBytes = frameHeaderBytes + Number(db.prepare("pragma page_size").get()?.["page_size"]);
    if (!tellsLength) return;
    // SQLite would write the log back by itself, but tells nobody of a flush that fails meanwhile.
    db.exec("pragma wal_autocheckpoint = 0");
    this.#length = db.prepare("pragma wal_checkpoint(noop)");
    this.#writeBack = db.prepare("pragma wal_checkpoint(passive)");
  }

  /**
   * Writes what is in use of the log once more in its place, and flushes it. No transaction may be under way.
   *
   * @throws {Error} if the disk does not take it: then nothing that is written behind it is safe
   */
  mend(): void {
    const bytes =
      this.#length === undefined ? Number.POSITIVE_INFINITY : headerBytes + this.#pages() * this.#frameBytes;
    // Nobody else changes what is in use meanwhile.
    whileLocked(this.#db, () => this.#rewrite(bytes));
  }

  /**
   * Writes a log that is long back to the database; called after a commit.
   *
   * @throws {Error} if the disk has not done what it was asked for, so that there may be a gap
   */
  writeBackIfLong(): void {
    if (this.#pages() < checkpointPages) return;
    try {
      this.#writeBack?.get();
    } catch (error) {
      // Not now, or no room: then the log stays as it is.
      if (!isBusy(error) && !isFull(error)) throw error;
    }
  }

  /** How many pages of it are in use. */
  #pages(): number {
    return Number(this.#length?.get()?.["log"] ?? 0);
  }

  /** The same bytes in the same places, so that a crash meanwhile changes nothing. */
  #rewrite(bytes: number): void {
    const file = openIfThere(this.#path);
    if (file === undefined) return;
    try {
      // Another file may have been put in its place.
      if (fstatSync(file).ino === this.inode) rewrite(file, bytes);
    } finally {
      closeSync(file);
    }
  }
}

/** Older versions write the log back when they are asked for its length, so there SQLite does it by itself. */
const tellsLength = isAtLeast(process.versions.sqlite ?? "0", [3, 51]);

function isAtLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const [ownMajor = 0, ownMinor = 0] = version.split(".").map(Number);
  return ownMajor > major || (ownMajor === major && ownMinor >= minor);
}

/** Has the lock for writing, and writes nothing into the database. */
function whileLocked(db: DatabaseSync, work: () => void): void {
  db.exec("begin immediate");
  try {
    work();
  } finally {
    db.exec("rollback");
  }
}

function rewrite(file: number, bytes: number): void {
  const piece = Buffer.allocUnsafe(Math.min(bytes, pieceBytes));
  for (let at = 0; at < bytes;) {
    const read = readSync(file, piece, 0, Math.min(piece.length, bytes - at), at);
    if (read === 0) break;
    at += writeSync(file, piece, 0, read, at);
  }
  fsyncSync(file);
}

/** That of the file at this path; -1 if there is none. */
export function inodeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.ino ?? -1;
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, "r+");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}
