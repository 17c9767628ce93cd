import type { BigIntStats } from "node:fs";
import { stat } from "node:fs/promises";
import { within } from "../async/within.ts";

/** Two changes of a file that are nearer to each other than a tick of the kernel's clock can have the same time. */
const tickMs = 20;
/**
 * How long a look may take, in ms: Node does it in one of four threads, which it shares with whatever handlers do, and
 * these may all wait for a disk or a pipe that says nothing.
 */
const patienceMs = 20;

/**
 * Notices commits to a database file, whoever makes them: each one writes to the write-ahead log, and so changes its
 * time. The transaction that looks for what was committed has to take the lock for writing, since the commit may still
 * be under way. Where the times of files are coarser than `tickMs`, some commits are not noticed.
 *
 * Nothing is opened: by the rules of POSIX, closing it again would end all locks that this process has on it, such as
 * that of a transaction of ours. A look never holds up the event loop, however long the disk takes.
 */
export class CommitWatch {
  readonly #log: string;
  /** Whether it found something new; kept until somebody has heard of it. */
  #looking: Promise<boolean> | undefined;
  #seen: BigIntStats | undefined;
  /** Whether another commit since may look the same as what was seen. */
  #isFresh = true;

  /** @param path of the file itself, not of a link to it */
  constructor(path: string) {
    this.#log = `${path}-wal`;
  }

  /** Whether something was committed since this was asked the last time, also if that cannot be told, or not soon. */
  async hasCommit(): Promise<boolean> {
    const looking = (this.#looking ??= this.#look());
    const isNew = await within(patienceMs, looking);
    // What a look finds later is told by the next one.
    if (isNew === undefined) return true;
    if (this.#looking === looking) this.#looking = undefined;
    return isNew;
  }

  async #look(): Promise<boolean> {
    const now = Date.now();
    const found = await this.#stat();
    const isNew = this.#isFresh || !isSame(this.#seen, found);
    this.#seen = found;
    this.#isFresh = found === undefined || now - Number(found.mtimeMs) < tickMs;
    return isNew;
  }

  /** Undefined if there is no log, or none that can be looked at. */
  async #stat(): Promise<BigIntStats | undefined> {
    try {
      return await stat(this.#log, { bigint: true });
    } catch {
      // The next transaction tells what is wrong with the file.
      return undefined;
    }
  }
}

const isSame = (one: BigIntStats | undefined, other: BigIntStats | undefined): boolean =>
  one?.mtimeNs === other?.mtimeNs && one?.size === other?.size;
