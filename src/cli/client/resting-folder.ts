import type { LocalApi } from "../../local-api.ts";

/** What answers for a data folder, until it is closed. */
export type Answering = Pick<LocalApi, "fetch" | "close">;

/**
 * A folder that is asked nothing for so long, in ms, is closed. To open it again takes about as long, and longer where its
 * queue is on a server far away.
 */
const restMs = 250;

/**
 * A data folder that is only held while it is asked: who reads a long list may pause at any line, and a server that
 * starts waits for the history.
 */
export class RestingFolder {
  readonly #open: () => Promise<Answering>;
  #opened: Promise<Answering> | undefined;
  #closing: Promise<void> = Promise.resolve();
  #asking = 0;
  #rest: NodeJS.Timeout | undefined;

  /**
   * @param first is open already
   * @param open opens it once more
   */
  constructor(first: Answering, open: () => Promise<Answering>) {
    this.#opened = Promise.resolve(first);
    this.#open = open;
  }

  async fetch(request: Request): Promise<Response> {
    clearTimeout(this.#rest);
    this.#asking += 1;
    try {
      this.#opened ??= this.#closing.then(this.#open);
      const folder = await this.#opened;
      return await folder.fetch(request);
    } finally {
      this.#asking -= 1;
      // A closing that fails is told to the next who asks or closes.
      if (this.#asking === 0) this.#rest = setTimeout(() => void this.close().catch(() => undefined), restMs);
    }
  }

  close(): Promise<void> {
    clearTimeout(this.#rest);
    const opened = this.#opened;
    this.#opened = undefined;
    // One that could not be opened was told to those who asked, and has nothing to close.
    if (opened !== undefined) this.#closing = opened.then(closed, () => undefined);
    return this.#closing;
  }
}

const closed = (folder: Answering): Promise<void> => folder.close();
