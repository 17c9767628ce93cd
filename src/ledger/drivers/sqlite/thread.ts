import { workerData } from "node:worker_threads";
import { encodeMessage } from "../../../event/message.ts";
import { failed, SqliteFile } from "../../../lib/sqlite/sqlite-file.ts";
import type { FlushOptions } from "../../../lib/sqlite/sqlite.ts";
import { perform, type Service } from "../../../lib/threads/thread-calls.ts";
import { serveThread } from "../../../lib/threads/thread-service.ts";
import { showMs } from "../../driver.ts";
import type { Change, EventDetail, EventFilter, EventRecord, LedgerStats, Page } from "../../record.ts";
import { shortened, type ShortVerdict } from "./admission.ts";
import { fromColumns, type SettlementColumns } from "./settlement-columns.ts";
import { ledgerOpening, ledgerSchema } from "./schema.ts";
import { SqliteLedgerStore } from "./store.ts";

export interface LedgerThreadData {
  readonly path: string;
}

/** What the thread can be asked. */
export interface LedgerCalls {
  /** The messages travel beside it. */
  admit(): readonly ShortVerdict[];
  /** False if it is not under way. */
  begin(run: readonly [eventId: string, startedAt: number]): boolean;
  /** The indexes of those that are not under way. */
  settle(settlements: SettlementColumns): readonly number[];
  reopen(replay: readonly [eventId: string, copy: string]): void;
  get(eventId: string): EventDetail | undefined;
  /** The message travels beside the answer. */
  message(eventId: string): void;
  list(page: readonly [filter: EventFilter, limit: number, cursor: string | null]): Page<EventRecord>;
  timeline(page: readonly [entity: string, limit: number]): readonly EventRecord[];
  changes(page: readonly [after: number, limit: number]): readonly Change[];
  latestChange(): number;
  stats(): LedgerStats;
  removeDead(eventId: string): boolean;
  /** How many were removed; to be called again until it is 0. */
  prune(before: number): number;
  close(): void;
}

const { path } = workerData as LedgerThreadData;
const file = new SqliteFile(path, ledgerSchema, ledgerOpening, (db) => new SqliteLedgerStore(db));

const service: Service<LedgerCalls, SqliteLedgerStore> = {
  admit: ({ admission }, _, messages) => ({
    value: messages.map((message) => shortened(admission.admit(message))),
  }),
  begin: ({ admission }, [eventId, startedAt]) => ({ value: admission.begin(eventId, startedAt) }),
  settle: ({ admission }, settlements) => ({ value: admission.settle(fromColumns(settlements)) }),
  reopen: ({ admission }, [eventId, copy]) => admission.reopen(eventId, copy),
  get: (store, eventId) => {
    store.admission.showSlow();
    return { value: store.get(eventId) };
  },
  message: (store, eventId) => {
    const message = store.message(eventId);
    return message === undefined ? undefined : { bytes: [encodeMessage(message)] };
  },
  list: ({ list }, page) => ({ value: list.page(...page) }),
  timeline: (store, page) => ({ value: store.timeline(...page) }),
  changes: (store, page) => ({ value: store.changes(...page) }),
  latestChange: ({ change }) => ({ value: change }),
  stats: ({ totals }) => ({ value: totals.read() }),
  removeDead: (store, eventId) => ({ value: store.removeDead(eventId) }),
  prune: (store, before) => ({ value: store.prune(before) }),
  close: () => undefined,
};

const showing = setInterval(() => aside((store) => store.admission.showSlow()), showMs);

serveThread<LedgerCalls>(
  (calls) => {
    // Under load one batch follows the other, and the event loop would never come to upkeep that is due.
    if (isUpkeepDue) upkeep();
    upkeepSoon();
    try {
      return inTransaction({ flush: true }, (store) => calls.map((call) => perform(service, store, call)));
    } catch (error) {
      return failed(calls, error);
    }
  },
  { gather: false, close },
);

let isUpkeepDue = false;
let isScheduled = false;
let closed = false;

/** Upkeep takes its turns between batches. */
function upkeepSoon(): void {
  isUpkeepDue = true;
  if (isScheduled) return;
  isScheduled = true;
  setImmediate(() => {
    isScheduled = false;
    if (isUpkeepDue) upkeep();
  });
}

function upkeep(): void {
  isUpkeepDue = false;
  if (aside((store) => store.upkeep()) === true) upkeepSoon();
}

/**
 * Does work that nobody waits for. It does not wait for the disk either: the flush of the next call includes it. A
 * trouble that it meets is met by the next call too, which reports it.
 */
function aside<T>(work: (store: SqliteLedgerStore) => T): T | undefined {
  if (closed) return undefined;
  try {
    return inTransaction({ flush: false }, work);
  } catch {
    return undefined;
  }
}

function inTransaction<T>(options: FlushOptions, work: (store: SqliteLedgerStore) => T): T {
  return file.transaction(options, (store) => {
    const result = work(store);
    store.totals.flush();
    return result;
  });
}

function close(): void {
  closed = true;
  clearInterval(showing);
  file.close();
}
