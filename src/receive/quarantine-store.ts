import type { DatabaseSync } from "node:sqlite";

export interface QuarantineLimits {
  /** Requests kept. */
  readonly maxCount: number;
  /** Bytes of bodies kept. */
  readonly maxBytes: number;
}

interface Size {
  readonly count: number;
  readonly bytes: number;
}

/** A refused request as it crosses the thread's border; its body travels beside it. */
export interface RefusedRow {
  readonly receivedAt: number;
  readonly kind: string;
  readonly genuine: boolean;
  readonly reason: string;
  readonly headers: string;
}

/** A kept request as it comes back. */
export interface KeptRow {
  readonly id: number;
  readonly at: number;
  readonly kind: string;
  readonly bytes: number;
  readonly reason: string;
  readonly headers: string;
}

/** How often a secret was used, and when last. */
export interface SecretHits {
  readonly name: string;
  readonly hits: number;
  readonly lastUsedAt: number;
}

/** The tables of the quarantine and every action on them. */
export class QuarantineStore {
  readonly #limits: QuarantineLimits;
  readonly #statements: ReturnType<typeof prepareAll>;

  constructor(db: DatabaseSync, limits: QuarantineLimits) {
    this.#limits = limits;
    this.#statements = prepareAll(db);
  }

  add(row: RefusedRow, body: Uint8Array): void {
    const { receivedAt, kind, genuine, reason, headers } = row;
    this.#statements.add.run(receivedAt, kind, genuine ? 1 : 0, body.length, reason, headers, body);
  }

  /**
   * Makes room: the oldest go first. Requests that anybody may have sent and requests that the sender signed have half
   * of the room each. Neither kind can push the other out of its half, but it may use what the other leaves free.
   */
  trim(): void {
    const half = this.#limits.maxCount / 2;
    const others = this.#trim(0, this.#room(Math.floor(half), this.#size(1)));
    this.#trim(1, this.#room(Math.ceil(half), others));
  }

  list(before: number, limit: number): readonly KeptRow[] {
    return this.#statements.list.all(before, limit) as unknown as readonly KeptRow[];
  }

  /** Ids from the oldest to the newest. */
  ids(): readonly number[] {
    return this.#statements.ids.all().map((row) => Number(row["id"]));
  }

  get(id: number): { readonly row: KeptRow; readonly body: Uint8Array } | undefined {
    const found = this.#statements.get.get(id);
    if (found === undefined) return undefined;
    const { body, ...row } = found;
    return { row: row as unknown as KeptRow, body: body as Uint8Array };
  }

  remove(id: number): boolean {
    return this.#statements.remove.run(id).changes > 0;
  }

  count(): number {
    return Number(this.#statements.count.get()?.["count"]);
  }

  countHits(hits: readonly SecretHits[]): void {
    for (const hit of hits) this.#statements.hit.run(hit.name, hit.hits, hit.lastUsedAt);
  }

  secretUse(): readonly SecretHits[] {
    return this.#statements.secretUse.all() as unknown as readonly SecretHits[];
  }

  #size(genuine: number): Size {
    const size = this.#statements.size.get(genuine);
    return { count: Number(size?.["count"]), bytes: Number(size?.["bytes"]) };
  }

  /** @param others what is kept of the other kind */
  #room(halfOfCount: number, others: Size): Size {
    const { maxCount, maxBytes } = this.#limits;
    return {
      count: Math.max(halfOfCount, maxCount - others.count),
      bytes: Math.max(maxBytes / 2, maxBytes - others.bytes),
    };
  }

  /** @returns what is left */
  #trim(genuine: number, room: Size): Size {
    let { count, bytes } = this.#size(genuine);
    const remove = (row: Readonly<Record<string, unknown>>): void => {
      this.#statements.remove.run(Number(row["id"]));
      count -= 1;
      bytes -= Number(row["bytes"]);
    };
    // What would not fit even alone goes first, or the older ones would go before it in vain.
    if (bytes > room.bytes) this.#statements.larger.all(genuine, room.bytes).forEach(remove);
    while (count > room.count || bytes > room.bytes) {
      for (const row of this.#statements.oldest.all(genuine)) {
        if (count <= room.count && bytes <= room.bytes) break;
        remove(row);
      }
    }
    return { count, bytes };
  }
}

const columns = "id, at, kind, bytes, reason, headers";

const prepareAll = (db: DatabaseSync) => ({
  add: db.prepare(
    "insert into refused (at, kind, genuine, bytes, reason, headers, body) values (?, ?, ?, ?, ?, ?, ?)",
  ),
  size: db.prepare(
    "select count(*) as count, coalesce(sum(bytes), 0) as bytes from refused where genuine = ?",
  ),
  oldest: db.prepare("select id, bytes from refused where genuine = ? order by id limit 1000"),
  larger: db.prepare("select id, bytes from refused where genuine = ? and bytes > ?"),
  list: db.prepare(`select ${columns} from refused where id < ? order by id desc limit ?`),
  ids: db.prepare("select id from refused order by id"),
  get: db.prepare(`select ${columns}, body from refused where id = ?`),
  remove: db.prepare("delete from refused where id = ?"),
  count: db.prepare("select count(*) as count from refused"),
  hit: db.prepare(/* sql */ `
    insert into secret_use (name, hits, last_used_at) values (?, ?, ?)
    on conflict (name) do update set hits = hits + excluded.hits, last_used_at = excluded.last_used_at`),
  secretUse: db.prepare("select name, hits, last_used_at as lastUsedAt from secret_use order by name"),
});
