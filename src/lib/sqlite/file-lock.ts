import { DatabaseSync } from "node:sqlite";
import { unusable } from "./full-disk.ts";
import { isBusy } from "./sqlite-errors.ts";

export interface FileLock {
  release(): void;
}

/**
 * Takes the lock that a small file stands for; undefined if somebody has it. The operating system ends the locks of a
 * process that dies, so no lock outlives its owner, whatever number the next process has. Hold on to what is returned: the
 * lock ends when nobody can reach it any more.
 *
 * @throws {DataUnusableError} if the file cannot be made
 */
export function takeLock(path: string): FileLock | undefined {
  let db: DatabaseSync | undefined;
  try {
    const open = (db = new DatabaseSync(path, { timeout: 0 }));
    open.exec("begin exclusive");
    return { release: () => open.close() };
  } catch (error) {
    db?.close();
    if (isBusy(error)) return undefined;
    throw unusable(path, error as Error);
  }
}
