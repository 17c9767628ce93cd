import { join } from "node:path";
import { waitForLock } from "../../lib/sqlite/file-lock.ts";

/** A search takes some ms, or some seconds after a crash under load; a longer one is that of a process which hangs. */
const patienceMs = 10_000;

/**
 * Looks for what dead processes left while no other process does so, if only to count it: so a file that somebody has is
 * that of a living receiver. Where the lock for that cannot be made, it goes without: a folder that cannot be used shows
 * in the files themselves.
 */
export async function searchAlone<T>(data: string, search: () => Promise<T>): Promise<T> {
  const lock = await waitForLock(join(data, "spill-search.lock"), patienceMs).catch(() => undefined);
  try {
    return await search();
  } finally {
    lock?.release();
  }
}
