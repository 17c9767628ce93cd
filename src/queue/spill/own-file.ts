import type { Packed } from "../../lib/threads/spans.ts";
import type { LockedFile } from "./locked-file.ts";
import type { SpillDepth, SpillPlace, SpillQuery, SpillRow } from "./store.ts";

export interface OwnFileParts {
  readonly first: LockedFile;
  /** Begins another file. */
  readonly begin: () => LockedFile;
  /** Leaves a file to a person. */
  readonly setAside: (number: number, error: unknown) => void;
}

/**
 * The file in which this process keeps what comes. If it is damaged, it is left to a person, and another one takes its
 * place: nothing that comes would be accepted otherwise, also after each restart.
 */
export class OwnFile {
  readonly #parts: OwnFileParts;
  #file: LockedFile;

  constructor(parts: OwnFileParts) {
    this.#parts = parts;
    this.#file = parts.first;
  }

  get number(): number {
    return this.#file.number;
  }

  async add(places: readonly SpillPlace[], messages: Packed): Promise<void> {
    const file = this.#file;
    try {
      await file.add(places, messages);
    } catch (error) {
      await this.#replaceIfDamaged(file, error);
      // The messages have left this thread, so their sender has to repeat them.
      throw error;
    }
  }

  next(query: SpillQuery): Promise<readonly SpillRow[]> {
    return this.#do((file) => file.next(query));
  }

  remove(ids: readonly number[]): Promise<void> {
    return this.#do((file) => file.remove(ids));
  }

  depth(): Promise<SpillDepth> {
    return this.#do((file) => file.depth());
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  async #do<T>(work: (file: LockedFile) => Promise<T>): Promise<T> {
    const file = this.#file;
    try {
      return await work(file);
    } catch (error) {
      await this.#replaceIfDamaged(file, error);
      return work(this.#file);
    }
  }

  /** Other calls may have met the same damage. */
  async #replaceIfDamaged(file: LockedFile, error: unknown): Promise<void> {
    if (this.#file === file && !(await file.isDamaged())) throw error;
    if (this.#file !== file) return;
    this.#file = this.#parts.begin();
    this.#parts.setAside(file.number, error);
    await file.close();
  }
}
