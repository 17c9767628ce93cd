import { workerData } from "node:worker_threads";
import { failed, SqliteFile } from "../lib/sqlite-file.ts";
import { transaction } from "../lib/sqlite.ts";
import { serveThread, type ServiceAnswer, type ServiceCall } from "../lib/thread-service.ts";
import { quarantineSchema } from "./quarantine-schema.ts";
import {
  QuarantineStore,
  type QuarantineLimits,
  type RefusedRow,
  type SecretHits,
} from "./quarantine-store.ts";

export interface QuarantineThreadData {
  readonly path: string;
  readonly limits: QuarantineLimits;
}

const { path, limits } = workerData as QuarantineThreadData;
const file = new SqliteFile(path, quarantineSchema, {}, (db) => new QuarantineStore(db, limits));

const stop = serveThread(
  (calls) => {
    try {
      return file.use((store, db) =>
        transaction(db, () => {
          const answers = calls.map((call) => execute(store, call));
          if (calls.some(({ method }) => method === "add")) store.trim();
          return answers;
        }),
      );
    } catch (error) {
      return failed(calls, error);
    } finally {
      if (calls.some(({ method }) => method === "close")) finish();
    }
  },
  { gather: true },
);

function execute(store: QuarantineStore, { method, arg, bytes }: ServiceCall): ServiceAnswer {
  switch (method) {
    case "add":
      for (const [index, row] of (arg as readonly RefusedRow[]).entries()) {
        store.add(row, bytes[index] ?? new Uint8Array());
      }
      return {};
    case "list": {
      const [before, limit] = arg as [number, number];
      return { value: store.list(before, limit) };
    }
    case "ids":
      return { value: store.ids() };
    case "get": {
      const found = store.get(arg as number);
      return found === undefined ? {} : { value: found.row, bytes: [found.body] };
    }
    case "remove":
      return { value: store.remove(arg as number) };
    case "count":
      return { value: store.count() };
    case "hits":
      store.countHits(arg as readonly SecretHits[]);
      return {};
    case "secretUse":
      return { value: store.secretUse() };
    case "close":
      return {};
    default:
      throw new Error(`The quarantine's thread does not know ${method}.`);
  }
}

function finish(): void {
  file.close();
  stop();
}
