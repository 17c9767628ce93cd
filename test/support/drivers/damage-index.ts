import { closeSync, openSync, writeSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";

/**
 * Overwrites the first page of an index, as a failing disk may do. Who has the file open reads it anew, since something
 * was written meanwhile.
 */
export function damageIndex(path: string, index: string): void {
  const db = new DatabaseSync(path);
  db.exec("update total set waiting = waiting; pragma wal_checkpoint(truncate)");
  const bytes = Number(db.prepare("pragma page_size").get()?.["page_size"]);
  const page = Number(
    db.prepare("select rootpage from sqlite_master where name = ?").get(index)?.["rootpage"],
  );
  db.close();
  const file = openSync(path, "r+");
  writeSync(file, Buffer.alloc(bytes, 0x55), 0, bytes, (page - 1) * bytes);
  closeSync(file);
}
