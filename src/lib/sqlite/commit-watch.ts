import { closeSync, openSync, readSync } from "node:fs";

/** The header of the index of a write-ahead log counts commits and says where the log ends. */
const headerBytes = 48;

/**
 * Notices commits to a database file, whoever makes them, without a connection to it: by the index of its write-ahead
 * log (`-shm`), whose header SQLite writes anew with each commit (https://sqlite.org/walformat.html). To look costs a
 * few microseconds and no lock.
 */
export class CommitWatch {
  readonly #path: string;
  #seen: Buffer | undefined;

  /** @param path of the file itself, not of a link to it; it is open meanwhile */
  constructor(path: string) {
    this.#path = `${path}-shm`;
  }

  /** Whether something was committed since this was asked the last time, also if that cannot be told. */
  hasCommit(): boolean {
    const header = readHeader(this.#path);
    const isNew = header === undefined || this.#seen?.equals(header) !== true;
    this.#seen = header;
    return isNew;
  }
}

/** Undefined if there is none that can be read: SQLite has none for a file on which it keeps no log. */
function readHeader(path: string): Buffer | undefined {
  const header = Buffer.alloc(headerBytes);
  try {
    const file = openSync(path, "r");
    try {
      return readSync(file, header, 0, headerBytes, 0) === headerBytes ? header : undefined;
    } finally {
      closeSync(file);
    }
  } catch {
    // The next transaction tells what is wrong with the file.
    return undefined;
  }
}
