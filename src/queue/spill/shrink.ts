import { isOfDisk } from "../../lib/sqlite/sqlite-errors.ts";
import type { SqliteFile } from "../../lib/sqlite/sqlite-file.ts";
import type { SpillStore } from "./store.ts";

type Store = Pick<SpillStore, "shrink">;

/** What was asked is done, so this may fail; it is tried again after the next removal. */
export function shrink(file: SqliteFile<Store>): void {
  try {
    file.use(shrinkIfPossible);
  } catch {
    // A flush may have failed. The file was closed, and its log is written once more before anything is added to it.
  }
}

function shrinkIfPossible(store: Store): void {
  try {
    store.shrink();
  } catch (error) {
    // Else the disk lacks the room that even this takes, or somebody reads the file.
    if (isOfDisk(error)) throw error;
  }
}
