import { once } from "node:events";
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { tempFolder } from "../../../../test/support/temp-folder.ts";
import { watchCommits } from "../../../../test/support/drivers/watch-commits.ts";
import { nothingPacked } from "../../../lib/threads/spans.ts";
import { openDatabase } from "../../../lib/sqlite/sqlite.ts";
import { type CallBatch, threadUrl } from "../../../lib/threads/thread-client.ts";
import { aMessage } from "../../../testing/builders.ts";
import { eventually } from "../../../testing/eventually.ts";
import { keySizes } from "./keys/keys.ts";
import { toColumns } from "./settlement-columns.ts";
import { openSqliteLedger } from "./ledger.ts";
import { ledgerSchema } from "./schema.ts";

test("how events ended is on the disk before its answer", async () => {
  await using folder = await tempFolder();
  const data = { path: join(folder.path, "ledger.db") };
  const { thread, commits } = watchCommits(threadUrl(new URL("./thread.js", import.meta.url)), data);
  await thread.call("stats", undefined);
  const [, before = 0] = commits();

  await thread.call("settle", toColumns([]));

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

test("a slow event is listed while its handler runs", async () => {
  await using folder = await tempFolder();
  const ledger = await openSqliteLedger(join(folder.path, "ledger.db"));
  const message = aMessage();
  await ledger.admit([message]);

  await eventually(async () => {
    const { items } = await ledger.list({}, 10, null);
    expect(items).toMatchObject([{ eventId: message.eventId, status: "pending" }]);
  });
  await ledger.close();
});

test("upkeep that has begun comes to its end while nobody asks anything", async () => {
  await using folder = await tempFolder();
  const path = join(folder.path, "ledger.db");
  const ledger = await openSqliteLedger(path);
  const messages = Array.from({ length: keySizes.sealAfter }, () => aMessage());
  await ledger.admit(messages);
  const handled = { outcome: { kind: "handled" }, conflict: false, startedAt: 1, endedAt: 2 } as const;
  await ledger.settle(messages.map((message) => ({ message, ...handled })));

  await eventually(async () => {
    // The ledger's process alone may have the file open, so this is what a crash would leave.
    const copy = join(folder.path, "copy.db");
    await Promise.all([cp(path, copy), cp(`${path}-wal`, `${copy}-wal`)]);
    using db = new DatabaseSync(copy);
    expect(db.prepare("select phase from segment").all()).toMatchObject([{ phase: "live" }]);
  });
  await ledger.close();
});
