import { encodeMessage, type Message } from "../../../src/event/message.ts";
import type { Outcome, Verdict } from "../../../src/ledger/driver.ts";
import type { KeySizes } from "../../../src/ledger/drivers/sqlite/keys/keys.ts";
import { ledgerOpening, ledgerSchema } from "../../../src/ledger/drivers/sqlite/schema.ts";
import { SqliteLedgerStore } from "../../../src/ledger/drivers/sqlite/store.ts";
import { openDatabase, transaction } from "../../../src/lib/sqlite/sqlite.ts";

/**
 * The tables of the embedded ledger without their thread, so that a test decides when upkeep takes its turns. They
 * survive a crash, but no power cut.
 */
export interface OpenLedgerTables extends Disposable {
  readonly store: SqliteLedgerStore;
  /** Does something in one transaction. */
  readonly run: <T>(work: () => T) => T;
  /** Admits events and handles the fresh ones, in one transaction. @returns what the ledger said about each */
  handle(messages: readonly Message[]): readonly Verdict[];
  /** Admits an event, whose handler then ends so. */
  end(message: Message, outcome: Outcome): void;
  /** One piece of upkeep, in a transaction of its own; false when there is none. */
  readonly upkeep: () => boolean;
  /** What a restart would find now. */
  restarted(): SqliteLedgerStore;
  prune(before: number): number;
  /** Segments that are asked, as their levels. */
  levels(): readonly number[];
  countOf(table: "attempt" | "event" | "lookup" | "segment"): number;
  readonly close: () => void;
}

export function openLedgerTables(path: string, sizes?: KeySizes): OpenLedgerTables {
  const db = openDatabase(path, ledgerSchema, ledgerOpening);
  db.exec("pragma synchronous = off");
  const store = new SqliteLedgerStore(db, sizes);
  const { admission } = store;
  const run = <T>(work: () => T): T =>
    transaction(db, () => {
      const result = work();
      store.totals.flush();
      return result;
    });
  const admit = (message: Message): Verdict => admission.admit(encodeMessage(message));
  const settle = ({ eventId }: Message, outcome: Outcome, conflict = false): void =>
    void admission.settle([{ eventId, outcome, conflict, startedAt: 1, endedAt: 2 }]);
  const handleOne = (message: Message): Verdict => {
    const verdict = admit(message);
    if (verdict.kind === "fresh") settle(message, { kind: "handled" }, verdict.conflict);
    return verdict;
  };
  const close = (): void => {
    if (db.isOpen) db.close();
  };
  return {
    store,
    run,
    handle: (messages) => run(() => messages.map(handleOne)),
    end: (message, outcome) =>
      run(() => {
        admit(message);
        settle(message, outcome);
      }),
    upkeep: () => run(() => store.upkeep()),
    restarted: () => new SqliteLedgerStore(db, sizes),
    prune: (before) => {
      let removed = 0;
      for (;;) {
        const some = run(() => store.prune(before));
        if (some === 0) return removed;
        removed += some;
      }
    },
    levels: () => {
      const rows = db.prepare("select level from segment where phase = 'live' order by level").all();
      return rows.map((row) => Number(row["level"]));
    },
    countOf: (table) => Number(db.prepare(`select count(*) as count from ${table}`).get()?.["count"]),
    close,
    [Symbol.dispose]: close,
  };
}
