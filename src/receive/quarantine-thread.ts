import { workerData } from "node:worker_threads";
import { failed, SqliteFile } from "../lib/sqlite/sqlite-file.ts";
import { perform, type Service } from "../lib/threads/thread-calls.ts";
import { serveThread } from "../lib/threads/thread-service.ts";
import { quarantineSchema } from "./quarantine-schema.ts";
import {
  QuarantineStore,
  type KeptRow,
  type QuarantineLimits,
  type RefusedRow,
  type SecretHits,
} from "./quarantine-store.ts";

export interface QuarantineThreadData {
  readonly path: string;
  readonly limits: QuarantineLimits;
}

/** What the thread can be asked. */
export interface QuarantineCalls {
  /** The bodies travel beside the call, and beside the answer of `get`. */
  add(rows: readonly RefusedRow[]): void;
  get(id: number): KeptRow | undefined;
  list(page: readonly [before: number, limit: number]): readonly KeptRow[];
  ids(): readonly number[];
  remove(id: number): boolean;
  /** In one step: nothing is added if there is no such request. The bodies travel beside the call. */
  replace(call: { readonly id: number; readonly rows: readonly RefusedRow[] }): boolean;
  count(): number;
  hits(hits: readonly SecretHits[]): void;
  secretUse(): readonly SecretHits[];
  close(): void;
}

const { path, limits } = workerData as QuarantineThreadData;
const file = new SqliteFile(path, quarantineSchema, {}, (db) => new QuarantineStore(db, limits));

const service: Service<QuarantineCalls, QuarantineStore> = {
  add,
  get: (store, id) => {
    const found = store.get(id);
    return found === undefined ? { value: undefined } : { value: found.row, bytes: [found.body] };
  },
  list: (store, page) => ({ value: store.list(...page) }),
  ids: (store) => ({ value: store.ids() }),
  remove: (store, id) => ({ value: store.remove(id) }),
  replace: (store, { id, rows }, bodies) => {
    const isThere = store.remove(id);
    if (isThere) add(store, rows, bodies);
    return { value: isThere };
  },
  count: (store) => ({ value: store.count() }),
  hits: (store, hits) => store.countHits(hits),
  secretUse: (store) => ({ value: store.secretUse() }),
  close: () => undefined,
};

serveThread<QuarantineCalls>(
  (calls) => {
    try {
      return file.transaction({ flush: true }, (store) => {
        let isToTrim = false;
        const trim = (): void => {
          if (isToTrim) store.trim();
          isToTrim = false;
        };
        const answers = calls.map((call) => {
          // Once for many that are added, but before anybody sees them.
          if (call.method === "add" || call.method === "replace") isToTrim = true;
          else trim();
          return perform(service, store, call);
        });
        trim();
        return answers;
      });
    } catch (error) {
      return failed(calls, error);
    }
  },
  { gather: true, close: () => file.close() },
);

function add(store: QuarantineStore, rows: readonly RefusedRow[], bodies: readonly Uint8Array[]): void {
  for (const [index, row] of rows.entries()) store.add(row, bodies[index] ?? new Uint8Array());
}
