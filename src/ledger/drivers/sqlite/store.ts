import type { DatabaseSync } from "node:sqlite";
import type { Message } from "../../../event/message.ts";
import {
  type Attempt,
  type Change,
  type EventDetail,
  type EventRecord,
  type EventStatus,
  forgettable,
} from "../../record.ts";
import { byRevision, newestFirst } from "../../list-place.ts";
import { toAttempt } from "../../to-record.ts";
import { SqliteAdmission } from "./admission.ts";
import { keySizes, SqliteKeys, type KeySizes } from "./keys/keys.ts";
import { SqliteList } from "./list.ts";
import { NameRanges } from "./name-ranges.ts";
import { Names } from "./names.ts";
import { recordOf, statusCode, EventRows, type EventRow } from "./rows.ts";
import type { Job } from "./keys/segments.ts";
import { Totals } from "./totals.ts";
import { EventWriter } from "./writer.ts";

/** Rows that a call of `prune` removes. */
const pruneSlice = 2_000;

/** The ledger's tables and all that is asked of them. The caller gives each batch of calls one transaction. */
export class SqliteLedgerStore {
  readonly admission: SqliteAdmission;
  readonly list: SqliteList;
  readonly totals: Totals;
  readonly #db: DatabaseSync;
  readonly #keys: SqliteKeys;
  readonly #rows: EventRows;
  readonly #writer: EventWriter;
  #sealing: Job | undefined;
  #job: Job | undefined;
  /** True from the end of a retention on, until keys of what is gone are being removed. */
  #mustShed = false;

  constructor(db: DatabaseSync, sizes: KeySizes = keySizes) {
    this.#db = db;
    this.#rows = new EventRows(db);
    this.totals = new Totals(db);
    this.#keys = new SqliteKeys(db, this.#rows, sizes);
    const parts = { keys: this.#keys, rows: this.#rows, names: new Names(db), totals: this.totals };
    this.list = new SqliteList({ ...parts, ranges: new NameRanges(db) });
    this.#writer = new EventWriter(db, parts);
    this.admission = new SqliteAdmission({ ...parts, writer: this.#writer });
    this.#job = this.#keys.clear();
  }

  /** The newest change written. */
  get change(): number {
    return this.#writer.change;
  }

  get(eventId: string): EventDetail | undefined {
    const row = this.#row(eventId);
    return row && { ...recordOf(row), attemptLog: this.#attemptLog(row) };
  }

  message(eventId: string): Message | undefined {
    const row = this.#row(eventId);
    if (row === undefined) return undefined;
    return { ...row.message, copy: row.copy, replay: false, body: this.#rows.body(row.seq) };
  }

  timeline(entity: string, limit: number): readonly EventRecord[] {
    const rows: EventRow[] = [];
    for (const seq of this.#keys.entity(entity)) {
      if (rows.length === limit) break;
      const row = this.#rows.at(seq);
      if (row?.message.entity === entity) rows.push(row);
    }
    return byRevision(rows.sort(newestFirst).map(recordOf));
  }

  changes(after: number, limit: number): readonly Change[] {
    const changed = this.#rows.where("where changed > ? order by changed limit ?", after, limit);
    // A full page ends there. Rows after that may all have changed, and would be searched in vain.
    const end = changed[limit - 1]?.changed ?? Number.MAX_SAFE_INTEGER;
    const unchanged = "where seq > ? and seq < ? and changed is null order by seq limit ?";
    return [...this.#rows.where(unchanged, after, end, limit), ...changed]
      .map((row) => ({ id: row.changed ?? row.seq, record: recordOf(row) }))
      .sort((a, b) => a.id - b.id)
      .slice(0, limit);
  }

  removeDead(eventId: string): boolean {
    const row = this.#row(eventId);
    if (row?.status !== "dead") return false;
    this.#remove("dead", [row.seq]);
    return true;
  }

  /** Removes some of the forgettable events that are older; returns how many, 0 when none are left. */
  prune(before: number): number {
    let removed = 0;
    for (const status of forgettable) {
      const old = this.#db
        .prepare("select seq from event where status = ? and received_at < ? order by received_at limit ?")
        .all(statusCode(status), before, pruneSlice - removed);
      const seqs = old.map((row) => Number(row["seq"]));
      this.#remove(status, seqs);
      removed += seqs.length;
    }
    if (removed === 0) this.#mustShed = true;
    return removed;
  }

  /** Does the next piece of upkeep; false when there is none. */
  upkeep(): boolean {
    // Sealing does not wait for a merge, which takes long: what is not sealed fills the memory, and is read again at a
    // start.
    this.#sealing ??= this.#keys.seal(this.change);
    if (this.#sealing !== undefined) {
      if (this.#sealing.next().done === true) this.#sealing = undefined;
      return true;
    }
    this.#job ??= this.#nextJob();
    if (this.#job === undefined) return false;
    if (this.#job.next().done === true) this.#job = undefined;
    return true;
  }

  #nextJob(): Job | undefined {
    if (!this.#mustShed) return this.#keys.merge();
    this.#mustShed = false;
    return this.#keys.shed(this.#oldestSettled());
  }

  /** Everything before this seq that may go has gone. */
  #oldestSettled(): number {
    const oldest = this.#db.prepare("select seq from event where status = ? order by received_at limit 1");
    const seqs = forgettable.map((status) => oldest.get(statusCode(status))?.["seq"]);
    return Math.min(...seqs.map((seq) => Number(seq ?? this.change)));
  }

  /** @param status of all of them */
  #remove(status: EventStatus, seqs: readonly number[]): void {
    const event = this.#db.prepare("delete from event where seq = ?");
    const attempts = this.#db.prepare("delete from attempt where seq = ?");
    for (const seq of seqs) {
      event.run(seq);
      attempts.run(seq);
    }
    this.totals.add(status, -seqs.length);
    this.#writer.forgot();
  }

  /** The attempts of the table, and after them the success that is in the event's row. */
  #attemptLog({ seq, attempts, counts, startedAt, endedAt }: EventRow): readonly Attempt[] {
    const earlier = this.#db
      .prepare("select number, started_at, ended_at, error from attempt where seq = ? order by number")
      .all(seq)
      .map((attempt) =>
        toAttempt({
          attempt: Number(attempt["number"]),
          startedAt: Number(attempt["started_at"]),
          endedAt: Number(attempt["ended_at"]),
          error: attempt["error"] as string | null,
        }),
      );
    if (!counts || startedAt === null || endedAt === null) return earlier;
    if (earlier.some(({ attempt }) => attempt === attempts)) return earlier;
    return [...earlier, toAttempt({ attempt: attempts, startedAt, endedAt, error: null })];
  }

  #row(eventId: string): EventRow | undefined {
    return this.#rows.at(this.#keys.event(eventId));
  }
}
