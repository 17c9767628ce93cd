/** Runs the module of a thread, and counts its commits: see `watchCommits`. */
import { DatabaseSync } from "node:sqlite";
import { workerData } from "node:worker_threads";

export interface WatchedThreadData {
  /** The module, as a URL. */
  readonly module: string;
  /** Two numbers of 32 bits. */
  readonly counts: SharedArrayBuffer;
}

const { module, counts } = workerData as WatchedThreadData;
const commits = new Int32Array(counts);
const full = 2;

const exec = Object.getOwnPropertyDescriptor(DatabaseSync.prototype, "exec")?.value as DatabaseSync["exec"];
DatabaseSync.prototype.exec = function watched(this: DatabaseSync, sql: string): void {
  if (sql === "commit") {
    const waits = this.prepare("pragma synchronous").get()?.["synchronous"] === full;
    Atomics.add(commits, waits ? 1 : 0, 1);
  }
  exec.call(this, sql);
};
await import(module);
