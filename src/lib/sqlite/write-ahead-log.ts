import { closeSync, fsyncSync, openSync, readSync, writeSync } from "node:fs";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { codeOf } from "../error-code.ts";
import { isBusy, isFull } from "./sqlite-errors.ts";

/** A log of so many pages is written back to the database by the commit that finds it so long. */
export const longLogPages = 256;

const pieceBytes = 1024 * 1024;

/**
 * The write-ahead log of an open database, kept free of gaps on the disk. When a flush fails, the operating system takes
 * what it could not write for written: the next flush succeeds, but behind such a gap nothing of the log is found again
 * after a power cut, not even what was flushed later. Nobody can see a gap, since the system has everything in memory.
 */
export class WriteAheadLog {
  readonly #path: string;
  readonly #length: StatementSync | undefined;
  readonly #writeBack: StatementSync | undefined;
  #isMended = false;

  constructor(db: DatabaseSync, path: string) {
    this.#path = `${path}-wal`;
    if (!tellsLength) return;
    // SQLite would do it by itself, but tells nobody of a flush that fails meanwhile.
    db.exec("pragma wal_autocheckpoint = 0");
    this.#length = db.prepare("pragma wal_checkpoint(noop)");
    this.#writeBack = db.prepare("pragma wal_checkpoint(passive)");
  }

  /**
   * Writes all of the log once more in its place, and flushes it. Done once, and again after a doubt: a flush may have
   * failed before this opening, also in another process. The caller has the write lock.
   *
   * @throws {Error} if the disk does not take it: then nothing that is written behind it is safe
   */
  mend(): void {
    if (this.#isMended) return;
    rewrite(this.#path);
    this.#isMended = true;
  }

  /** A flush may have failed since it was mended. */
  doubt(): void {
    this.#isMended = false;
  }

  /**
   * Writes a log that is long back to the database; called after a commit.
   *
   * @throws {Error} if the disk has not done what it was asked for, so that there may be a gap
   */
  writeBackIfLong(): void {
    if (Number(this.#length?.get()?.["log"] ?? 0) < longLogPages) return;
    try {
      this.#writeBack?.get();
    } catch (error) {
      // Not now, or no room: then the log stays as it is.
      if (!isBusy(error) && !isFull(error)) throw error;
    }
  }
}

/** Older versions write the log back when they are asked for its length, so there SQLite does it by itself. */
const tellsLength = isAtLeast(process.versions.sqlite ?? "0", [3, 51]);

function isAtLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const [ownMajor = 0, ownMinor = 0] = version.split(".").map(Number);
  return ownMajor > major || (ownMajor === major && ownMinor >= minor);
}

/** The same bytes in the same places, so that a crash meanwhile changes nothing. */
function rewrite(path: string): void {
  const file = openIfThere(path);
  if (file === undefined) return;
  try {
    const piece = Buffer.allocUnsafe(pieceBytes);
    let at = 0;
    for (let read = -1; read !== 0;) {
      read = readSync(file, piece, 0, pieceBytes, at);
      at += writeSync(file, piece, 0, read, at);
    }
    if (at > 0) fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, "r+");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}
