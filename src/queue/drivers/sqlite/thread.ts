import { workerData } from "node:worker_threads";
import { failed, SqliteFile } from "../../../lib/sqlite/sqlite-file.ts";
import { perform, type CallOf, type Service, type ServiceAnswer } from "../../../lib/threads/thread-calls.ts";
import { serveThread } from "../../../lib/threads/thread-service.ts";
import type { QueueDepth } from "../../driver.ts";
import { Presence } from "./presence.ts";
import { queueSchema } from "./schema.ts";
import { type Return, type SqliteConsumer, SqliteQueueStore } from "./store.ts";

export interface QueueThreadData {
  readonly path: string;
  readonly owner: string;
  readonly leaseMs: number;
}

export interface ClaimAnswer {
  readonly claimed: readonly (readonly [receipt: string, attempt: number])[];
  /** See `SqliteQueueStore.dueInMs`. */
  readonly dueInMs: number;
}

/** What the thread can be asked. */
export interface QueueCalls {
  /** The messages travel beside it. */
  send(): void;
  ack(receipts: readonly string[]): void;
  /** It was handed out too early, and keeps its place. */
  park(early: Return): void;
  /** It failed. The message travels beside it. */
  retry(failed: Return): void;
  extend(receipts: readonly string[]): void;
  /** Whether the queue is ours. */
  reserve(history: string): boolean;
  takeOver(): void;
  /** The messages travel beside it. */
  claim(max: number): ClaimAnswer;
  depth(): QueueDepth;
  close(): void;
}

const { path, owner, leaseMs } = workerData as QueueThreadData;
const consumer: SqliteConsumer = { owner, leaseMs, before: 0 };
const file = new SqliteFile(path, queueSchema, {}, (db) => new SqliteQueueStore(db, consumer));
const presence = new Presence(`${path}-consumers`);

const service: Service<QueueCalls, SqliteQueueStore> = {
  // Done before, for a whole batch at once.
  send: () => undefined,
  ack: () => undefined,
  park: () => undefined,
  retry: (store, { receipt, ...delay }, [message = new Uint8Array()]) => store.retry(receipt, message, delay),
  extend: (store, receipts) => store.extend(receipts),
  reserve: (store, history) => ({ value: reserve(store, history) }),
  takeOver: (store) => store.takeOver(),
  claim: (store, max) => {
    const claimed = store.claim(max);
    return {
      value: {
        claimed: claimed.map(({ receipt, attempt }) => [receipt, attempt]),
        // Where something was found there may be more at once.
        dueInMs: claimed.length > 0 ? 0 : store.dueInMs(),
      },
      bytes: claimed.map(({ body }) => body),
    };
  },
  depth: (store) => ({ value: store.depth() }),
  close: (store) => store.release(),
};

serveThread<QueueCalls>(
  (calls) => {
    const wasPresent = presence.entered;
    try {
      // Only sends must survive a power cut: if it undoes an answer, a message only comes again.
      const flush = calls.some(({ method }) => method === "send");
      return file.transaction({ flush }, (store) => executeAll(store, calls));
    } catch (error) {
      // The reservation of this batch is undone with it, so the next batch must ask again who is alive.
      if (!wasPresent) presence.leave();
      return failed(calls, error);
    }
  },
  { gather: true, close },
);

/** Sends of a batch share packs. Acknowledgements touch each pack once, and so does what was handed out too early. */
function executeAll(store: SqliteQueueStore, calls: readonly CallOf<QueueCalls>[]): readonly ServiceAnswer[] {
  store.send(calls.flatMap(({ method, bytes }) => (method === "send" ? bytes : [])));
  store.ack(calls.flatMap(({ method, arg }) => (method === "ack" ? arg : [])));
  store.park(calls.flatMap(({ method, arg }) => (method === "park" ? [arg] : [])));
  return calls.map((call) => perform(service, store, call));
}

function reserve(store: SqliteQueueStore, history: string): boolean {
  const wasPresent = presence.entered;
  const isOurs = store.reserve(history, presence.enter());
  // A refused worker does not count as present, so that others can be alone.
  if (!isOurs && !wasPresent) presence.leave();
  return isOurs;
}

function close(): void {
  file.close();
  presence.leave();
}
