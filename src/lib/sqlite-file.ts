import { statSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { openDatabase, type OpenOptions, type Schema } from "./sqlite.ts";
import type { ServiceAnswer, ServiceCall } from "./thread-service.ts";

/**
 * A database file that heals: it is opened when it is needed, and after an error (disk full, folder read-only, I/O)
 * it is closed, so that the next use begins anew. A file that was moved or deleted under our feet is noticed before
 * anything is written into the void.
 */
export class SqliteFile<T> {
  readonly #path: string;
  readonly #schema: Schema;
  readonly #options: OpenOptions;
  readonly #prepare: (db: DatabaseSync) => T;
  #open: { readonly db: DatabaseSync; readonly inode: number; readonly store: T } | undefined;

  /** @param prepare builds on a fresh connection what works with it, such as prepared statements */
  constructor(path: string, schema: Schema, options: OpenOptions, prepare: (db: DatabaseSync) => T) {
    this.#path = path;
    this.#schema = schema;
    this.#options = options;
    this.#prepare = prepare;
  }

  /** Runs `work` on the open file; an error closes the file before it is passed on. */
  use<R>(work: (store: T, db: DatabaseSync) => R): R {
    try {
      if (this.#open !== undefined && inodeOf(this.#path) !== this.#open.inode) this.close();
      const { store, db } = (this.#open ??= this.#opened());
      return work(store, db);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  close(): void {
    const db = this.#open?.db;
    this.#open = undefined;
    db?.close();
  }

  #opened(): { db: DatabaseSync; inode: number; store: T } {
    const db = openDatabase(this.#path, this.#schema, this.#options);
    try {
      return { db, inode: inodeOf(this.#path), store: this.#prepare(db) };
    } catch (error) {
      db.close();
      throw error;
    }
  }
}

function inodeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.ino ?? -1;
}

/** The same failure for every call of a batch: they shared one transaction, and it was undone. */
export function failed(calls: readonly ServiceCall[], error: unknown): readonly ServiceAnswer[] {
  const message = error instanceof Error ? error.message : String(error);
  return calls.map(() => ({ error: message }));
}
