import { readdirSync } from "node:fs";
import { errorFields, type Log } from "../../log.ts";
import { allShards } from "../driver.ts";
import { Holds } from "./holds.ts";
import type { SpillFiles } from "./file.ts";
import { lockFile, mostFiles, type LockedFile } from "./locked-file.ts";
import type { SpillDepth, SpillQuery, SpillRow } from "./store.ts";

const anyEvent: SpillQuery = { shards: allShards, without: [], sent: [], max: 1 };

interface Found extends SpillDepth {
  readonly file: LockedFile;
}

/**
 * The files of dead processes that this one has taken over. What waits in them is read where it is, since moving it
 * would take longer the more there is. An empty file is removed. One that cannot be used is logged once and left to a
 * person; it is tried again at times, and makes nobody wait.
 */
export class LeftFiles {
  readonly #files: SpillFiles;
  readonly #data: string;
  readonly #log: Log;
  /** Files that cannot be used, by their numbers. */
  readonly #unusable: Holds<number> = new Holds();
  #left: readonly LockedFile[] = [];

  constructor(files: SpillFiles, data: string, log: Log) {
    this.#files = files;
    this.#data = data;
    this.#log = log;
  }

  get all(): readonly LockedFile[] {
    return this.#left;
  }

  /**
   * Takes over all that no living process has.
   *
   * @param own the number of this process's own file, which was not left
   * @returns how many events wait in what it has taken over
   */
  async take(own?: number): Promise<number> {
    const passedOver = new Set([
      own,
      ...this.#left.map(({ number }) => number),
      ...this.#unusable.held(performance.now()),
    ]);
    const found: Found[] = [];
    for (const number of numbersIn(this.#data).filter((one) => !passedOver.has(one))) {
      const one = await this.#take(number);
      if (one !== undefined) found.push(one);
    }
    this.#left = [...this.#left, ...inOrder(found).map(({ file }) => file)];
    return found.reduce((sum, { messages }) => sum + messages, 0);
  }

  /** Gives away the file to which something was added last; undefined if there is none. */
  pop(): LockedFile | undefined {
    const last = this.#left.at(-1);
    this.#left = this.#left.slice(0, -1);
    return last;
  }

  /** Leaves a file that cannot be used to a person. */
  setAside(number: number, error: unknown): void {
    if (!this.#unusable.has(number)) this.#log.error("queue.spill_left", errorFields(error));
    this.#unusable.refuse(number, performance.now());
  }

  /** One file after the other: all that is asked for of the first goes before what is in the next. */
  async next(query: SpillQuery): Promise<readonly SpillRow[]> {
    for (const file of this.#left) {
      const rows = await this.#next(file, query);
      if (rows.length > 0) return rows;
    }
    return [];
  }

  async #take(number: number): Promise<Found | undefined> {
    let file: LockedFile | undefined;
    try {
      file = lockFile(this.#files, this.#data, number);
      // A damaged one may still be counted.
      await file?.next(anyEvent);
      return file && { file, ...(await file.depth()) };
    } catch (error) {
      this.setAside(number, error);
      await file?.close();
      return undefined;
    }
  }

  async #next(file: LockedFile, query: SpillQuery): Promise<readonly SpillRow[]> {
    try {
      const rows = await file.next(query);
      if (rows.length > 0 || (await file.depth()).messages > 0) return rows;
      this.#forget(file);
      await file.erase();
      this.#unusable.free(file.number);
    } catch (error) {
      this.#forget(file);
      this.setAside(file.number, error);
    }
    await file.close();
    return [];
  }

  /** Called before a file is closed, so that nobody asks it any more. */
  #forget(file: LockedFile): void {
    this.#left = this.#left.filter((one) => one !== file);
  }
}

/**
 * A process that took a file over wrote what came since into a file of its own. So the file to which something was
 * added last comes last.
 */
const inOrder = (found: readonly Found[]): readonly Found[] =>
  found.toSorted((a, b) => a.newestAt - b.newestAt || b.file.number - a.file.number);

/** The numbers of all files in a folder, whoever has them. */
export const numbersIn = (data: string): readonly number[] =>
  readdirSync(data).flatMap((name) => {
    const number = Number(/^spill-(\d+)\.db$/.exec(name)?.[1]);
    return number < mostFiles ? number : [];
  });
