import type { SqliteFile } from "../../lib/sqlite/sqlite-file.ts";
import type { SpillStore } from "./store.ts";

/** What was asked is done, so this may fail; it is tried again after the next removal. */
export function shrink(file: SqliteFile<Pick<SpillStore, "shrink">>): void {
  try {
    file.use((store) => store.shrink());
  } catch {
    // The disk may lack the room that even this takes, or somebody reads the file. After a flush that failed, the file
    // is opened anew, so that its log is whole.
  }
}
