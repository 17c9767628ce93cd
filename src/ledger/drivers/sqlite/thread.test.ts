import { once } from "node:events";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { tempFolder } from "../../../../test/support/temp-folder.ts";
import { watchCommits } from "../../../../test/support/watch-commits.ts";
import { nothingPacked } from "../../../lib/spans.ts";
import { openDatabase } from "../../../lib/sqlite.ts";
import { type CallBatch, threadUrl } from "../../../lib/thread-client.ts";
import { packLandings } from "./landings.ts";
import { ledgerSchema } from "./schema.ts";

test("how events ended is on the disk before its answer", async () => {
  await using folder = await tempFolder();
  const data = { path: join(folder.path, "ledger.db") };
  const { thread, commits } = watchCommits(threadUrl(new URL("./thread.js", import.meta.url)), data);
  await thread.call("stats", undefined);
  const [, before = 0] = commits();

  await thread.call("settle", packLandings([]));

  expect(commits()[1]).toBe(before + 1);
  await thread.call("close", undefined);
});

test("the file is free when it is said to be closed, although upkeep was due, and the thread ends", async () => {
  await using folder = await tempFolder();
  const path = join(folder.path, "ledger.db");
  const worker = new Worker(threadUrl(new URL("./thread.js", import.meta.url)), { workerData: { path } });
  const ended = once(worker, "exit");
  const ask = (method: string): void =>
    worker.postMessage({
      methods: [method],
      args: [undefined],
      parts: [0],
      packed: nothingPacked,
    } satisfies CallBatch);

  ask("stats");
  ask("close");
  await once(worker, "message");
  await once(worker, "message");

  expect(() => openDatabase(path, ledgerSchema, { exclusive: true, busyMs: 0 }).close()).not.toThrow();
  await ended;
});
