import { statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { tempFolder } from "../../../test/support/temp-folder.ts";
import { watchCommits } from "../../../test/support/drivers/watch-commits.ts";
import { pack } from "../../lib/threads/spans.ts";
import { openDatabase } from "../../lib/sqlite/sqlite.ts";
import { ThreadClient, threadUrl } from "../../lib/threads/thread-client.ts";
import { bytesOf } from "../../testing/bytes.ts";
import { spillSchema } from "./schema.ts";

test("what is added is on the disk before its answer, also if it shares its commit; what is removed need not be", async () => {
  await using folder = await tempFolder();
  const path = join(folder.path, "spill.db");
  openDatabase(path, spillSchema).close();
  const { thread, commits } = watchCommits(threadUrl(new URL("./thread.js", import.meta.url)));
  const places = [{ shard: 0, lane: "message:1", at: 1 }];
  const add = (): Promise<unknown> => thread.call("add", { path, arg: places }, pack([bytesOf("one")]));

  await add();
  await Promise.all([thread.call("depth", { path }), add()]);
  const ofAdds = commits();
  await thread.call("remove", { path, arg: [1] });

  expect([ofAdds, commits()]).toEqual([
    [0, 2],
    [1, 2],
  ]);
  await thread.call("close", undefined);
});

/** A file in which 20 messages wait, of 1 MiB each. */
async function largeFile(folder: string) {
  const path = join(folder, "spill.db");
  const thread = new ThreadClient(threadUrl(new URL("./thread.js", import.meta.url)), undefined);
  const places = Array.from({ length: 20 }, () => ({ shard: 0, lane: "message:1", at: 1 }));
  const add = async (some: typeof places, messages: readonly Uint8Array[]): Promise<void> => {
    await thread.call("add", { path, arg: some }, pack(messages));
  };
  await add(
    places,
    places.map(() => new Uint8Array(1024 * 1024)),
  );
  return {
    path,
    thread,
    ids: places.map((_, index) => index + 1),
    size: (): number => statSync(path).size + statSync(`${path}-wal`).size,
    addOne: () => add(places.slice(0, 1), [bytesOf("one")]),
    remove: async (ids: readonly number[]): Promise<void> => {
      await thread.call("remove", { path, arg: ids });
    },
  };
}

test("a file that was large is small again once nothing waits in it, and goes on with higher ids", async () => {
  await using folder = await tempFolder();
  const { path, thread, ids, size, addOne, remove } = await largeFile(folder.path);

  await remove(ids.slice(1));
  const whileOneWaits = size();
  await remove([1]);

  expect(whileOneWaits).toBeGreaterThan(20 * 1024 * 1024);
  expect(size()).toBeLessThan(1024 * 1024);
  await addOne();
  const query = { shards: [0], without: [], sent: [], max: 10 };
  expect(await thread.call("next", { path, arg: query })).toMatchObject({ value: [{ id: 21 }] });
  await thread.call("close", undefined);
});

test("a file that somebody reads keeps nobody waiting, and is small once he has gone", async () => {
  await using folder = await tempFolder();
  const { path, thread, ids, size, addOne, remove } = await largeFile(folder.path);
  const reader = new DatabaseSync(path);
  reader.exec("begin");
  reader.prepare("select count(*) from waiting").get();

  const since = performance.now();
  await remove(ids);
  expect(performance.now() - since).toBeLessThan(4_000);
  expect(size()).toBeGreaterThan(20 * 1024 * 1024);
  reader.close();
  await addOne();
  await remove([21]);

  expect(size()).toBeLessThan(1024 * 1024);
  await thread.call("close", undefined);
});
