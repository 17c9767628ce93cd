import { DatabaseSync } from "node:sqlite";
import { sleep } from "../async/sleep.ts";
import { unusable } from "./full-disk.ts";
import { isBusy } from "./sqlite-errors.ts";

/** How often one looks whether a lock is free, in ms. */
const pauseMs = 20;

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

/**
 * The same, once nobody has it any more; undefined if somebody still has it after `patienceMs`.
 *
 * @throws {DataUnusableError} if the file cannot be made
 */
export async function waitForLock(path: string, patienceMs: number): Promise<FileLock | undefined> {
  const until = performance.now() + patienceMs;
  for (;;) {
    const lock = takeLock(path);
    if (lock !== undefined || performance.now() > until) return lock;
    await sleep(pauseMs);
  }
}
