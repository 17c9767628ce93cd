/** Something to ask the API. The same path is the same question. */
export interface Question<T> {
  readonly path: string;
  /** Rejects with an `Error` whose message is for people. */
  readonly ask: (signal: AbortSignal) => Promise<T>;
  /** The last answer, for those who come back to a page; undefined if too many others came since. */
  readonly last: () => T | undefined;
}

/** How many answers are kept to go back to; few, since a body can be large. */
const mostKept = 20;

/** The newest answers, by their questions. */
export class Answers {
  readonly #kept = new Map<string, unknown>();

  keep(path: string, answer: unknown): void {
    this.#kept.delete(path);
    this.#kept.set(path, answer);
    for (const oldest of Array.from(this.#kept.keys()).slice(0, -mostKept)) this.#kept.delete(oldest);
  }

  find(path: string): unknown {
    return this.#kept.get(path);
  }
}
