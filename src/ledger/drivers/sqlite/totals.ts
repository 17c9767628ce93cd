import type { DatabaseSync, StatementSync } from "node:sqlite";
import { statuses, type EventStatus, type LedgerStats } from "../../record.ts";

type Counted = EventStatus | "duplicates";

/** Counters, kept so that rows never have to be counted; written once in each transaction. */
export class Totals {
  readonly #add: StatementSync;
  readonly #all: StatementSync;
  readonly #due = new Map<Counted, number>();

  constructor(db: DatabaseSync) {
    this.#add = db.prepare("update total set count = count + ? where what = ?");
    this.#all = db.prepare("select what, count from total");
  }

  add(what: Counted, count: number): void {
    this.#due.set(what, (this.#due.get(what) ?? 0) + count);
  }

  /** Writes down what was added since; to be called at the end of the transaction. */
  flush(): void {
    for (const [what, count] of this.#due) this.#add.run(count, what);
    this.#due.clear();
  }

  read(): LedgerStats {
    const counts = new Map(this.#all.all().map((row) => [String(row["what"]), Number(row["count"])]));
    const of = (what: Counted): number => (counts.get(what) ?? 0) + (this.#due.get(what) ?? 0);
    const events = Object.fromEntries(statuses.map((status) => [status, of(status)]));
    return { events: events as Record<EventStatus, number>, duplicates: of("duplicates") };
  }
}
