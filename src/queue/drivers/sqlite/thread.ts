import { workerData } from "node:worker_threads";
import { failed, SqliteFile } from "../../../lib/sqlite-file.ts";
import { flushCommits, transaction } from "../../../lib/sqlite.ts";
import { serveThread, type ServiceAnswer, type ServiceCall } from "../../../lib/thread-service.ts";
import { Presence } from "./presence.ts";
import { queueSchema } from "./schema.ts";
import { type Parking, SqliteQueueStore } from "./store.ts";

export interface QueueThreadData {
  readonly path: string;
  readonly owner: string;
  readonly leaseMs: number;
}

const { path, owner, leaseMs } = workerData as QueueThreadData;
const file = new SqliteFile(path, queueSchema, {}, (db) => new SqliteQueueStore(db, owner, leaseMs));
const presence = new Presence(`${path}-consumers`);

const stop = serveThread(
  (calls) => {
    const wasPresent = presence.entered;
    try {
      return file.use((store, db) => {
        // Only what is sent must survive a power cut: an answer that one undoes makes a message come again, no more.
        flushCommits(
          db,
          calls.some(({ method }) => method === "send"),
        );
        return transaction(db, () => executeAll(store, calls));
      });
    } catch (error) {
      // What this batch reserved is undone with it; so the next one shall ask again who is alive.
      if (!wasPresent) presence.leave();
      return failed(calls, error);
    } finally {
      if (calls.some(({ method }) => method === "close")) finish();
    }
  },
  { gather: true },
);

/** Sends of a batch share packs; acknowledgements touch each pack once, and what is handed back too early does. */
function executeAll(store: SqliteQueueStore, calls: readonly ServiceCall[]): readonly ServiceAnswer[] {
  store.send(calls.filter(({ method }) => method === "send").flatMap(({ bytes }) => bytes));
  store.ack(calls.filter(({ method }) => method === "ack").flatMap(({ arg }) => arg as readonly string[]));
  store.park(calls.filter(({ method }) => method === "park").map(({ arg }) => arg as Parking));
  return calls.map((call) => execute(store, call));
}

function execute(store: SqliteQueueStore, { method, arg, bytes }: ServiceCall): ServiceAnswer {
  switch (method) {
    case "send":
    case "ack":
    case "park":
      return {}; // Done above, for all of the batch together.
    case "reserve":
      return { value: reserve(store, arg as string) };
    case "takeOver":
      store.takeOver();
      return {};
    case "claim": {
      const claimed = store.claim(arg as number);
      return {
        value: claimed.map(({ receipt, attempt }) => [receipt, attempt]),
        bytes: claimed.map(({ body }) => body),
      };
    }
    case "retry": {
      const { receipt, ...delay } = arg as Parking;
      store.retry(receipt, bytes[0] ?? new Uint8Array(), delay);
      return {};
    }
    case "extend":
      store.extend(arg as readonly string[]);
      return {};
    case "depth":
      return { value: store.depth() };
    case "close":
      store.release();
      return {};
    default:
      throw new Error(`The queue's thread does not know ${method}.`);
  }
}

function reserve(store: SqliteQueueStore, history: string): boolean {
  const wasPresent = presence.entered;
  const isOurs = store.reserve(history, presence.enter());
  // Who is refused takes no part, and the others are to be alone without it.
  if (!isOurs && !wasPresent) presence.leave();
  return isOurs;
}

function finish(): void {
  file.close();
  presence.leave();
  stop();
}
