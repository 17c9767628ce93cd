import { statfsSync } from "node:fs";
import { dirname } from "node:path";
import { DataUnusableError } from "../../errors.ts";
import { whyTooLong } from "./long-path.ts";
import { isFull, isOfDisk } from "./sqlite-errors.ts";

/** Whether the file has failed since its disk is full. SQLite may say "disk I/O error", as if the disk were broken. */
export function isDiskFull(error: unknown, path: string): boolean {
  return isFull(error) || (isOfDisk(error) && hasNoRoom(dirname(path)));
}

function hasNoRoom(folder: string): boolean {
  try {
    return statfsSync(folder).bavail === 0;
  } catch {
    return false;
  }
}

/** What is thrown if a file cannot be opened. */
export function unusable(path: string, error: Error): DataUnusableError {
  return new DataUnusableError(path, error, isDiskFull(error, path) ? noRoom : whyTooLong(error, path));
}

/** What is the matter with a file, and what to do. */
export const noRoom = "cannot be written: its disk is full. Make room there";
