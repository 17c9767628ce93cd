import { rm } from "node:fs/promises";
import { join } from "node:path";
import { takeLock } from "../../lib/sqlite/file-lock.ts";
import type { SpillFile, SpillFiles } from "./file.ts";

/** No more receivers than this ever share a folder; a search ends here. */
export const mostFiles = 1_000;

/**
 * One of the files of a folder, which no other process opens. Its number is part of its ids, so no other file has them.
 */
export interface LockedFile extends SpillFile {
  readonly number: number;
  /** Removes the file when nothing waits in it any more; it must be closed all the same. */
  erase(): Promise<void>;
}

/** The name of the file that has a message with this id. */
export const fileNameOf = (id: number): string => `spill-${id % mostFiles}.db`;

/**
 * Undefined if a living process has it.
 *
 * @throws {DataUnusableError} if the lock beside it cannot be made
 */
export function lockFile(files: SpillFiles, data: string, number: number): LockedFile | undefined {
  const lock = takeLock(join(data, `spill-${number}.lock`));
  if (lock === undefined) return undefined;
  const path = join(data, `spill-${number}.db`);
  const file = files.at(path);
  const mine = (ids: readonly number[]): readonly number[] =>
    ids.flatMap((id) => (id % mostFiles === number ? Math.floor(id / mostFiles) : []));
  return {
    ...file,
    number,
    next: async (query) => {
      const rows = await file.next({ ...query, sent: mine(query.sent) });
      return rows.map((row) => ({ ...row, id: row.id * mostFiles + number }));
    },
    remove: async (ids) => {
      const removed = mine(ids);
      if (removed.length > 0) await file.remove(removed);
    },
    erase: async () => {
      await file.close();
      for (const suffix of ["-wal", "-shm", ""]) await rm(`${path}${suffix}`, { force: true });
    },
    close: async () => {
      await file.close();
      lock.release();
    },
  };
}
