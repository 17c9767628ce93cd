import { join } from "node:path";
import { ConfigError } from "../../errors.ts";
import { waitForLock } from "../../lib/sqlite/file-lock.ts";
import { inFolder } from "../folder/data-folder.ts";
import { createPrivateFile } from "../folder/private-file.ts";

/** A change takes a few ms; one that is not over after so many is that of a process which hangs. */
const patienceMs = 10_000;

/**
 * Makes a change of the secrets while no other process makes one: a change reads the file, and writes all of it, so of two
 * at once the later one would undo the other.
 *
 * @throws {ConfigError} if another process does not end its change
 */
export async function withSecretsLocked<T>(folder: string, change: () => Promise<T>): Promise<T> {
  const path = join(folder, "secrets.lock");
  // Not made by the lock itself: a command of root must leave a file that the service can use.
  await inFolder(folder, () => createPrivateFile(path, ""));
  const lock = await waitForLock(path, patienceMs);
  if (lock === undefined) {
    throw new ConfigError([
      `Another process has been changing the secrets for ${patienceMs / 1_000} s (it has ${path} open): end it if it hangs, and try again.`,
    ]);
  }
  try {
    return await change();
  } finally {
    lock.release();
  }
}
