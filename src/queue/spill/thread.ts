import { failed, SqliteFile } from "../../lib/sqlite-file.ts";
import { flushCommits, transaction } from "../../lib/sqlite.ts";
import { serveThread, type ServiceAnswer, type ServiceCall } from "../../lib/thread-service.ts";
import { spillSchema } from "./schema.ts";
import { SpillStore, type SpillPlace, type SpillQuery } from "./store.ts";

/** What a call is about; the one that ends the thread is about no file. */
interface About {
  readonly path: string;
  readonly arg: unknown;
}

/** By their paths. */
const files = new Map<string, SqliteFile<SpillStore>>();

const stop = serveThread(
  (calls) => {
    const answers = new Map<ServiceCall, ServiceAnswer>();
    for (const [path, ofFile] of Map.groupBy(calls, ({ arg }) => (arg as About | undefined)?.path)) {
      if (path === undefined) continue;
      const given = answersOf(path, ofFile);
      for (const [index, call] of ofFile.entries()) answers.set(call, given[index] ?? {});
    }
    if (calls.some(({ method }) => method === "close")) {
      for (const file of files.values()) file.close();
      stop();
    }
    return calls.map((call) => answers.get(call) ?? {});
  },
  { gather: true },
);

function answersOf(path: string, calls: readonly ServiceCall[]): readonly ServiceAnswer[] {
  const file = files.get(path) ?? new SqliteFile(path, spillSchema, {}, (db) => new SpillStore(db));
  files.set(path, file);
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
    if (calls.some(({ method }) => method === "leave")) {
      file.close();
      files.delete(path);
    }
  }
}

function execute(store: SpillStore, { method, arg: about, bytes }: ServiceCall): ServiceAnswer {
  const { arg } = about as About;
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
    case "leave":
      return {};
    default:
      throw new Error(`The thread of the spill does not know ${method}.`);
  }
}
