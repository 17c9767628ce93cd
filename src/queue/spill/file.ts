import { ClosedError, QueueUnavailableError } from "../../errors.ts";
import type { Packed } from "../../lib/spans.ts";
import { openDatabase } from "../../lib/sqlite.ts";
import { ThreadClient, threadUrl, type Answer } from "../../lib/thread-client.ts";
import { spillSchema } from "./schema.ts";
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

/**
 * Opens such a file, on a thread of its own: no commit holds up the event loop, and what comes together shares one.
 *
 * @throws {DataVersionError} if a newer Hookwell wrote it
 * @throws {DataUnusableError} if it is damaged, or cannot be written
 */
export function openSpillFile(path: string): SpillFile {
  openDatabase(path, spillSchema).close();
  const thread = new ThreadClient(threadUrl("thread", import.meta.url), path);
  let closed: Promise<unknown> | undefined;
  const call = async (method: string, arg: unknown, packed?: Packed): Promise<Answer> => {
    // A call would begin a new thread, whose file is another process's by now.
    if (closed !== undefined) throw new ClosedError("file of what waits for the engine");
    try {
      return await thread.call(method, arg, packed);
    } catch (cause) {
      throw new QueueUnavailableError(`The file of what waits for the engine: ${(cause as Error).message}`, {
        cause,
      });
    }
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
    depth: async () => (await call("depth", undefined)).value as SpillDepth,
    close: async () => {
      closed ??= thread.call("close", undefined).catch(() => thread.terminate());
      await closed;
    },
  };
}
