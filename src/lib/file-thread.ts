import { ClosedError } from "../errors.ts";
import type { Packed } from "./spans.ts";
import { type Answer, ThreadClient } from "./thread-client.ts";

/** Whose file it is, for errors. */
export interface FileOwner {
  /** What is closed then, such as `queue`. */
  readonly part: string;
  /** Such as `queue's file`. */
  readonly file: string;
  /** What is thrown when the file cannot be worked on now. */
  readonly Unavailable: new (message: string, options: ErrorOptions) => Error;
}

/** The thread that works on the file of a part. Once closed it is asked nothing more: a call would begin a new one. */
export class FileThread {
  readonly #thread: ThreadClient;
  readonly #owner: FileOwner;
  #closed: Promise<void> | undefined;

  /** @param url the thread's module; `data` reaches it as its `workerData` */
  constructor(url: URL, data: unknown, owner: FileOwner) {
    this.#thread = new ThreadClient(url, data);
    this.#owner = owner;
  }

  get isClosed(): boolean {
    return this.#closed !== undefined;
  }

  assertOpen(): void {
    if (this.isClosed) throw new ClosedError(this.#owner.part);
  }

  /** See `ThreadClient.call`. */
  async call(method: string, arg: unknown, packed?: Packed): Promise<Answer> {
    this.assertOpen();
    try {
      return await this.#thread.call(method, arg, packed);
    } catch (cause) {
      const { file, Unavailable } = this.#owner;
      throw new Unavailable(`The ${file}: ${(cause as Error).message}`, { cause });
    }
  }

  /** What was asked before is answered. */
  close(): Promise<void> {
    this.#closed ??= this.#thread.call("close", undefined).then(
      () => undefined,
      () => this.#thread.terminate(),
    );
    return this.#closed;
  }
}
