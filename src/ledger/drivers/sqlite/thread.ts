import { workerData } from "node:worker_threads";
import { encodeMessage } from "../../../event/message.ts";
import { failed, SqliteFile } from "../../../lib/sqlite-file.ts";
import { flushCommits, transaction } from "../../../lib/sqlite.ts";
import { serveThread, type ServiceAnswer, type ServiceCall } from "../../../lib/thread-service.ts";
import type { EventFilter } from "../../record.ts";
import { shortened } from "./admission.ts";
import { unpackLandings, type Landings } from "./landings.ts";
import { ledgerOpening, ledgerSchema } from "./schema.ts";
import { SqliteLedgerStore } from "./store.ts";

export interface LedgerThreadData {
  readonly path: string;
}

const { path } = workerData as LedgerThreadData;
const file = new SqliteFile(path, ledgerSchema, ledgerOpening, (db) => new SqliteLedgerStore(db));

/** How often slow handlers are made visible, in ms. */
const showMs = 200;
const showing = setInterval(() => aside((store) => store.admission.showSlow()), showMs);

const stop = serveThread(
  (calls) => {
    // Under load one batch follows the other, and the event loop never comes to what is due.
    if (isUpkeepDue) upkeep();
    try {
      return inTransaction(true, (store) => calls.map((call) => execute(store, call)));
    } catch (error) {
      return failed(calls, error);
    } finally {
      if (calls.some(({ method }) => method === "close")) finish();
      else upkeepSoon();
    }
  },
  { gather: false },
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
 * Work that nobody waits for, so it does not wait for the disk either: the next call's flush takes it along. What goes
 * wrong here, the next call meets too, and reports it.
 */
function aside<T>(work: (store: SqliteLedgerStore) => T): T | undefined {
  if (closed) return undefined;
  try {
    return inTransaction(false, work);
  } catch {
    return undefined;
  }
}

function inTransaction<T>(flush: boolean, work: (store: SqliteLedgerStore) => T): T {
  return file.use((store, db) => {
    flushCommits(db, flush);
    return transaction(db, () => {
      const result = work(store);
      store.totals.flush();
      return result;
    });
  });
}

function execute(store: SqliteLedgerStore, { method, arg, bytes }: ServiceCall): ServiceAnswer {
  switch (method) {
    case "admit":
      return { value: bytes.map((message) => shortened(store.admission.admit(message))) };
    case "begin": {
      const [eventId, startedAt] = arg as [string, number];
      return { value: store.admission.begin(eventId, startedAt) };
    }
    case "settle":
      return { value: store.admission.settle(unpackLandings(arg as Landings)) };
    case "reopen": {
      const [eventId, copy] = arg as [string, string];
      store.admission.reopen(eventId, copy);
      return {};
    }
    case "get":
      store.admission.showSlow();
      return { value: store.get(arg as string) };
    case "body": {
      const body = store.body(arg as string);
      return body === undefined ? {} : { bytes: [body] };
    }
    case "message": {
      const message = store.message(arg as string);
      return message === undefined ? {} : { bytes: [encodeMessage(message)] };
    }
    case "list": {
      const [filter, limit, cursor] = arg as [EventFilter, number, string | null];
      return { value: store.list.page(filter, limit, cursor) };
    }
    case "timeline": {
      const [entity, limit] = arg as [string, number];
      return { value: store.timeline(entity, limit) };
    }
    case "changes": {
      const [after, limit] = arg as [number, number];
      return { value: store.changes(after, limit) };
    }
    case "latestChange":
      return { value: store.change };
    case "stats":
      return { value: store.totals.read() };
    case "removeDead":
      return { value: store.removeDead(arg as string) };
    case "prune":
      return { value: store.prune(arg as number) };
    case "close":
      return {};
    default:
      throw new Error(`The ledger's thread does not know ${method}.`);
  }
}

function finish(): void {
  closed = true;
  clearInterval(showing);
  file.close();
  stop();
}
