import type { DatabaseSync } from "node:sqlite";

/** Event names as small numbers, so that rows and indexes stay small. */
export class Names {
  readonly #db: DatabaseSync;
  readonly #codes = new Map<string, number>();

  constructor(db: DatabaseSync) {
    this.#db = db;
    for (const row of db.prepare("select id, text from name").all()) {
      this.#codes.set(String(row["text"]), Number(row["id"]));
    }
  }

  /** The number of a name, a new one if it is seen for the first time. */
  code(name: string): number {
    const known = this.#codes.get(name);
    if (known !== undefined) return known;
    const code = Number(this.#db.prepare("insert into name (text) values (?)").run(name).lastInsertRowid);
    this.#codes.set(name, code);
    return code;
  }

  all(): ReadonlyMap<string, number> {
    return this.#codes;
  }
}
