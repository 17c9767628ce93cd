import { DatabaseSync } from "node:sqlite";
import { DataUnusableError } from "../../../errors.ts";
import { unusable } from "../../../lib/sqlite/full-disk.ts";
import { isBusy, isDamage } from "../../../lib/sqlite/sqlite-errors.ts";

/**
 * Tells a worker that starts whether any other is alive, for whose history the queue is then kept. Every worker holds a
 * shared lock on a small file for as long as it lives; a worker that gets the exclusive lock is alone. The operating
 * system ends the locks of a process that dies, so no lock outlives its owner.
 */
export class Presence {
  readonly #path: string;
  #db: DatabaseSync | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  get entered(): boolean {
    return this.#db !== undefined;
  }

  /**
   * Takes the shared lock if this worker has not got it yet; true if nobody else had it at that moment.
   *
   * @throws {DataUnusableError} if the file cannot be used
   */
  enter(): boolean {
    if (this.#db !== undefined) return false;
    let db: DatabaseSync | undefined;
    try {
      db = new DatabaseSync(this.#path, { timeout: 0 });
      const alone = getsAlone(db);
      // Another worker may try for the exclusive lock at this very moment; it holds it for an instant only.
      db.exec("pragma busy_timeout = 2000; begin; select count(*) from sqlite_schema");
      this.#db = db;
      return alone;
    } catch (error) {
      db?.close();
      if (isBusy(error)) throw error;
      // It must not be taken for damage of the queue.
      throw isDamage(error)
        ? new DataUnusableError(this.#path, error as Error, damaged)
        : unusable(this.#path, error as Error);
    }
  }

  leave(): void {
    this.#db?.close();
    this.#db = undefined;
  }
}

const damaged = "is damaged. It holds nothing: stop every Hookwell of this folder, then remove it";

function getsAlone(db: DatabaseSync): boolean {
  try {
    db.exec("begin exclusive");
  } catch (error) {
    if (isBusy(error)) return false; // Somebody is alive.
    throw error;
  }
  // Writes a page: no shared lock stays on an empty file.
  db.exec("commit");
  return true;
}
