import { ClosedError, QueueUnavailableError } from "../../errors.ts";
import { FileThread } from "../../lib/threads/file-thread.ts";
import type { Packed } from "../../lib/threads/spans.ts";
import { threadUrl } from "../../lib/threads/thread-client.ts";
import type { SpillDepth, SpillPlace, SpillQuery, SpillRow } from "./store.ts";
import type { SpillCalls } from "./thread.ts";

/** What waits on this machine's disk for the engine. All methods but `close` reject when the disk fails. */
export interface SpillFile {
  /** Resolves when all of them would survive a power cut. */
  add(places: readonly SpillPlace[], messages: Packed): Promise<void>;
  next(query: SpillQuery): Promise<readonly SpillRow[]>;
  remove(ids: readonly number[]): Promise<void>;
  depth(): Promise<SpillDepth>;
  /** Whether SQLite has found it damaged, so that it is of no use to try again. */
  isDamaged(): Promise<boolean>;
  close(): Promise<void>;
}

const name = "file of what waits for the engine";
const owner = { part: name, file: name, Unavailable: QueueUnavailableError };

/**
 * Such files, all on one thread of their own: no commit holds up the event loop, and what comes together for a file
 * shares a commit.
 */
export class SpillFiles {
  readonly #thread = new FileThread<SpillCalls>(
    threadUrl(new URL("./thread.js", import.meta.url)),
    undefined,
    owner,
  );

  /** The first call opens the file, and makes it if it is not there. Once closed, it is never opened again. */
  at(path: string): SpillFile {
    let closed: Promise<void> | undefined;
    const about = <Arg>(arg: Arg): { readonly path: string; readonly arg: Arg } => {
      if (closed !== undefined) throw new ClosedError(name);
      return { path, arg };
    };
    const thread = this.#thread;
    return {
      add: async (places, messages) => {
        await thread.call("add", about(places), messages);
      },
      next: async (query) => {
        const { value, parts } = await thread.call("next", about(query));
        return value.map((row, index) => ({ ...row, message: parts[index] ?? new Uint8Array() }));
      },
      remove: async (ids) => {
        await thread.call("remove", about(ids));
      },
      depth: async () => (await thread.call("depth", about(undefined))).value,
      isDamaged: async () => (await thread.call("isDamaged", about(undefined))).value,
      // When the thread has ended, the file is closed too.
      close: () =>
        (closed ??= thread.call("leave", about(undefined)).then(
          () => undefined,
          () => undefined,
        )),
    };
  }

  /** Closes all files. Calls made before are answered. */
  close(): Promise<void> {
    return this.#thread.close();
  }
}
