import { DatabaseSync } from "node:sqlite";

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

  /** Takes the shared lock if this worker has not got it yet; true if nobody else had it at that moment. */
  enter(): boolean {
    if (this.#db !== undefined) return false;
    const db = new DatabaseSync(this.#path, { timeout: 0 });
    const alone = tryExec(db, "begin exclusive");
    if (alone) db.exec("commit");
    // Another worker may try for the exclusive lock at this very moment; it holds it for an instant only.
    db.exec("pragma busy_timeout = 2000; begin; select count(*) from sqlite_schema");
    this.#db = db;
    return alone;
  }

  leave(): void {
    this.#db?.close();
    this.#db = undefined;
  }
}

function tryExec(db: DatabaseSync, sql: string): boolean {
  try {
    db.exec(sql);
    return true;
  } catch {
    return false; // Busy: somebody is alive.
  }
}
