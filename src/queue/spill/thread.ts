import { workerData } from "node:worker_threads";
import { failed, SqliteFile } from "../../lib/sqlite-file.ts";
import { flushCommits, transaction } from "../../lib/sqlite.ts";
import { serveThread, type ServiceAnswer, type ServiceCall } from "../../lib/thread-service.ts";
import { spillSchema } from "./schema.ts";
import { SpillStore, type SpillPlace, type SpillQuery } from "./store.ts";

const file = new SqliteFile(workerData as string, spillSchema, {}, (db) => new SpillStore(db));

const stop = serveThread(
  (calls) => {
    try {
      return file.use((store, db) => {
        // Only what is added must survive a power cut: one that undoes a removal makes a message go once more.
        flushCommits(
          db,
          calls.some(({ method }) => method === "add"),
        );
        return transaction(db, () => calls.map((call) => execute(store, call)));
      });
    } catch (error) {
      return failed(calls, error);
    } finally {
      if (calls.some(({ method }) => method === "close")) {
        file.close();
        stop();
      }
    }
  },
  { gather: true },
);

function execute(store: SpillStore, { method, arg, bytes }: ServiceCall): ServiceAnswer {
  switch (method) {
    case "add":
      store.add(arg as readonly SpillPlace[], bytes);
      return {};
    case "next": {
      const rows = store.next(arg as SpillQuery);
      return {
        value: rows.map(({ id, shard, lane, at }) => ({ id, shard, lane, at })),
        bytes: rows.map(({ message }) => message),
      };
    }
    case "remove":
      store.remove(arg as readonly number[]);
      return {};
    case "depth":
      return { value: store.depth() };
    case "close":
      return {};
    default:
      throw new Error(`The thread of the spill does not know ${method}.`);
  }
}
