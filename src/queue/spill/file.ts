import { QueueUnavailableError } from "../../errors.ts";
import { FileThread } from "../../lib/file-thread.ts";
import type { Packed } from "../../lib/spans.ts";
import { openDatabase } from "../../lib/sqlite.ts";
import { threadUrl } from "../../lib/thread-client.ts";
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
  const name = "file of what waits for the engine";
  const owner = { part: name, file: name, Unavailable: QueueUnavailableError };
  const thread = new FileThread(threadUrl("thread", import.meta.url), path, owner);
  return {
    add: async (places, messages) => void (await thread.call("add", places, messages)),
    next: async (query) => {
      const { value, parts } = await thread.call("next", query);
      return (value as Omit<SpillRow, "message">[]).map((row, index) => ({
        ...row,
        message: parts[index] ?? new Uint8Array(),
      }));
    },
    remove: async (ids) => void (await thread.call("remove", ids)),
    depth: async () => (await thread.call("depth", undefined)).value as SpillDepth,
    close: () => thread.close(),
  };
}
