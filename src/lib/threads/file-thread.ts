import { ClosedError } from "../../errors.ts";
import type { Packed } from "./spans.ts";
import type { AnswerOf, ArgOf } from "./thread-calls.ts";
import { ThreadClient } from "./thread-client.ts";

/** Whose file it is, for errors. */
export interface FileOwner {
  /** What is closed then, such as `queue`. */
  readonly part: string;
  /** Such as `queue's file`. */
  readonly file: string;
  /** What is thrown when the file cannot be worked on now. */
  readonly Unavailable: new (message: string, options: ErrorOptions) => Error;
}

/**
 * The thread that works on the file of a part, and can be asked what the interface `C` names, and to close. Once closed
 * it is asked nothing more: a call would begin a new one.
 */
export class FileThread<C extends { close(): void }> {
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

  /** See `ThreadClient.call`. */
  async call<M extends keyof C & string>(
    method: M,
    arg: ArgOf<C, M>,
    packed?: Packed,
  ): Promise<AnswerOf<C, M>> {
    if (this.isClosed) throw new ClosedError(this.#owner.part);
    try {
      return (await this.#thread.call(method, arg, packed)) as AnswerOf<C, M>;
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
