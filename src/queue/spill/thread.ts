import { causesOf } from "../../lib/is-error.ts";
import { isDamage } from "../../lib/sqlite/sqlite-errors.ts";
import { failed, SqliteFile } from "../../lib/sqlite/sqlite-file.ts";
import { perform, type CallOf, type Service, type ServiceAnswer } from "../../lib/threads/thread-calls.ts";
import { serveThread } from "../../lib/threads/thread-service.ts";
import { spillSchema } from "./schema.ts";
import { shrink } from "./shrink.ts";
import { SpillStore, type SpillDepth, type SpillPlace, type SpillQuery, type SpillRow } from "./store.ts";

/** Which file a call is about. */
interface About<Arg> {
  readonly path: string;
  readonly arg: Arg;
}

/** What the thread can be asked about a file. */
interface FileCalls {
  /** The messages travel beside it. */
  add(about: About<readonly SpillPlace[]>): void;
  /** The messages travel beside them. */
  next(about: About<SpillQuery>): readonly Omit<SpillRow, "message">[];
  remove(about: About<readonly number[]>): void;
  depth(about: About<void>): SpillDepth;
  leave(about: About<void>): void;
}

/** What the thread can be asked. */
export interface SpillCalls extends FileCalls {
  isDamaged(about: About<void>): boolean;
  close(): void;
}

/** Open files, by their paths. */
const files = new Map<string, SqliteFile<SpillStore>>();

/** The paths of those in which SQLite found damage. */
const damaged = new Set<string>();

const service: Service<FileCalls, SpillStore> = {
  add: (store, { arg: places }, messages) => store.add(places, messages),
  next: (store, { arg: query }) => {
    const rows = store.next(query);
    return {
      value: rows.map(({ id, shard, lane, at }) => ({ id, shard, lane, at })),
      bytes: rows.map(({ message }) => message),
    };
  },
  remove: (store, { arg: ids }) => store.remove(ids),
  depth: (store) => ({ value: store.depth() }),
  leave: () => undefined,
};

serveThread<SpillCalls>(
  (calls) => {
    const answers = new Map<CallOf<SpillCalls>, ServiceAnswer>();
    const ofFiles = calls.filter((call) => call.method !== "close" && call.method !== "isDamaged");
    for (const [path, ofFile] of Map.groupBy(ofFiles, ({ arg }) => arg.path)) {
      const given = answersOf(path, ofFile);
      for (const [index, call] of ofFile.entries()) answers.set(call, given[index] ?? {});
    }
    for (const call of calls) {
      if (call.method === "isDamaged") answers.set(call, { value: damaged.has(call.arg.path) });
    }
    return calls.map((call) => answers.get(call) ?? {});
  },
  { gather: true, close: () => files.forEach((file) => file.close()) },
);

function answersOf(path: string, calls: readonly CallOf<FileCalls>[]): readonly ServiceAnswer[] {
  const file = files.get(path) ?? new SqliteFile(path, spillSchema, {}, (db) => new SpillStore(db));
  files.set(path, file);
  try {
    // Only additions must survive a power cut: if one undoes a removal, a message is only forwarded once more.
    const flush = calls.some(({ method }) => method === "add");
    const answers = file.transaction({ flush }, (store) =>
      calls.map((call) => perform(service, store, call)),
    );
    if (calls.some(({ method }) => method === "remove")) shrink(file);
    return answers;
  } catch (error) {
    if (causesOf(error).some(isDamage)) damaged.add(path);
    return failed(calls, error);
  } finally {
    if (calls.some(({ method }) => method === "leave")) {
      file.close();
      files.delete(path);
      damaged.delete(path);
    }
  }
}
