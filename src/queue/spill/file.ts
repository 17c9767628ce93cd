import { ClosedError, QueueUnavailableError } from "../../errors.ts";
import { FileThread } from "../../lib/file-thread.ts";
import { nothingPacked, type Packed } from "../../lib/spans.ts";
import { threadUrl, type Answer } from "../../lib/thread-client.ts";
import type { SpillDepth, SpillPlace, SpillQuery, SpillRow } from "./store.ts";

/** What waits on this machine's disk for the engine. Any method but `close` rejects while the disk does not do it. */
export interface SpillFile {
  /** Resolves when all of them would survive a power cut. */
  add(places: readonly SpillPlace[], messages: Packed): Promise<void>;
  next(query: SpillQuery): Promise<readonly SpillRow[]>;
  remove(ids: readonly number[]): Promise<void>;
  depth(): Promise<SpillDepth>;
  close(): Promise<void>;
}

const name = "file of what waits for the engine";
const owner = { part: name, file: name, Unavailable: QueueUnavailableError };

/**
 * Such files, on a thread of their own: no commit holds up the event loop, and what comes together for a file shares one.
 * There is one thread, however many there are.
 */
export class SpillFiles {
  readonly #thread = new FileThread(threadUrl("thread", import.meta.url), undefined, owner);

  /** It is opened, and made if it is not there, by the first that is asked of it; once closed, never again. */
  at(path: string): SpillFile {
    let closed: Promise<void> | undefined;
    const call = (method: string, arg?: unknown, packed: Packed = nothingPacked): Promise<Answer> => {
      if (closed !== undefined) throw new ClosedError(name);
      return this.#thread.call(method, { path, arg }, packed);
    };
    return {
      add: async (places, messages) => void (await call("add", places, messages)),
      next: async (query) => {
        const { value, parts } = await call("next", query);
        return (value as Omit<SpillRow, "message">[]).map((row, index) => ({
          ...row,
          message: parts[index] ?? new Uint8Array(),
        }));
      },
      remove: async (ids) => void (await call("remove", ids)),
      depth: async () => (await call("depth")).value as SpillDepth,
      // With a thread that has ended it is closed too.
      close: () =>
        (closed ??= call("leave").then(
          () => undefined,
          () => undefined,
        )),
    };
  }

  /** With all files. What was asked before is answered. */
  close(): Promise<void> {
    return this.#thread.close();
  }
}
