import { DatabaseSync } from "node:sqlite";
import type { Schema } from "../../../src/lib/sqlite/sqlite.ts";

/** A database file as the first version of a schema had it, filled by `fill`. */
export function writeFirstVersion(
  path: string,
  [first = ""]: Schema,
  fill: (db: DatabaseSync) => void,
): void {
  const db = new DatabaseSync(path);
  db.exec("pragma journal_mode = wal");
  db.exec(first);
  db.exec("pragma user_version = 1");
  fill(db);
  db.close();
}
