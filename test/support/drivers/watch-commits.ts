import { ThreadClient, threadUrl } from "../../../src/lib/threads/thread-client.ts";
import type { WatchedThreadData } from "./watched-thread.ts";

export interface WatchedCommits {
  readonly thread: ThreadClient;
  /** How many commits did not wait for the disk, and how many did. */
  readonly commits: () => readonly number[];
}

/** Starts the thread of a module as it is, and sees which of its commits wait for the disk. */
export function watchCommits(module: URL, data: object = {}): WatchedCommits {
  const counts = new SharedArrayBuffer(8);
  const watched: WatchedThreadData = { ...data, module: module.href, counts };
  const thread = new ThreadClient(threadUrl(new URL("./watched-thread.js", import.meta.url)), watched);
  return { thread, commits: () => [...new Int32Array(counts)] };
}
