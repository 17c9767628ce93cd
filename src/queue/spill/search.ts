import { join } from "node:path";
import { waitForLock } from "../../lib/sqlite/file-lock.ts";

/** A search takes some ms, or some seconds after the crash of a busy process; a longer one is that of a process which hangs. */
const patienceMs = 10_000;

/**
 * Looks for what dead processes left while no other process does so, if only to count it: so a file that somebody has is
 * that of a living receiver.
 *
 * @throws {DataUnusableError} if the folder cannot be used
 */
export async function searchAlone<T>(data: string, search: () => Promise<T>): Promise<T> {
  const lock = await waitForLock(join(data, "spill-search.lock"), patienceMs);
  try {
    return await search();
  } finally {
    lock?.release();
  }
}
