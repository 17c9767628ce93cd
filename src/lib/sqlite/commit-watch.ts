import { type FileHandle, open } from "node:fs/promises";

/** The header of the index of a write-ahead log counts commits and says where the log ends. */
const headerBytes = 48;

/**
 * Notices commits to a database file, whoever makes them, without a connection to it: by the index of its write-ahead
 * log (`-shm`), whose header SQLite writes anew with each commit (https://sqlite.org/walformat.html). To look takes no
 * lock, and never holds up the event loop, however long the disk takes.
 */
export class CommitWatch implements AsyncDisposable {
  readonly #path: string;
  #index: FileHandle | undefined;
  #seen: Buffer | undefined;

  /** @param path of the file itself, not of a link to it */
  constructor(path: string) {
    this.#path = `${path}-shm`;
  }

  /** Whether something was committed since this was asked the last time, also if that cannot be told. */
  async hasCommit(): Promise<boolean> {
    const header = await this.#header();
    const isNew = header === undefined || this.#seen?.equals(header) !== true;
    this.#seen = header;
    return isNew;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#index?.close();
  }

  /** Undefined if there is none that can be read: SQLite has none for a file on which it keeps no log. */
  async #header(): Promise<Buffer | undefined> {
    try {
      this.#index ??= await open(this.#path);
      const { bytesRead, buffer } = await this.#index.read(Buffer.alloc(headerBytes), 0, headerBytes, 0);
      return bytesRead === headerBytes ? buffer : undefined;
    } catch {
      // The next transaction tells what is wrong with the file.
      return undefined;
    }
  }
}
