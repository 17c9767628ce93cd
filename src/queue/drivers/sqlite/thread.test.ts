import { join } from "node:path";
import { expect, test } from "vitest";
import { tempFolder } from "../../../../test/support/temp-folder.ts";
import { watchCommits } from "../../../../test/support/drivers/watch-commits.ts";
import { encodeMessages } from "../../../event/message.ts";
import { openDatabase } from "../../../lib/sqlite/sqlite.ts";
import { ThreadClient, threadUrl } from "../../../lib/threads/thread-client.ts";
import { messages } from "../../../testing/queue-driver/harness.ts";
import { queueSchema } from "./schema.ts";

test("what is sent is on the disk before its answer, also if it shares its commit; what is answered need not be", async () => {
  await using folder = await tempFolder();
  const path = join(folder.path, "queue.db");
  openDatabase(path, queueSchema).close();
  const data = { path, owner: "one", leaseMs: 30_000 };
  const { thread, commits } = watchCommits(threadUrl(new URL("./thread.js", import.meta.url)), data);
  const send = (): Promise<unknown> => thread.call("send", undefined, encodeMessages(messages("message", 2)));

  await send();
  await Promise.all([thread.call("depth", undefined), send(), thread.call("claim", 1)]);
  const ofSends = commits();
  await thread.call("ack", ["p1.0"]);

  expect([ofSends, commits()]).toEqual([
    [0, 2],
    [1, 2],
  ]);
  await thread.call("close", undefined);
});

/** Two workers of one queue. */
function startTwo(folder: string): [ThreadClient, ThreadClient] {
  const path = join(folder, "queue.db");
  openDatabase(path, queueSchema).close();
  const url = threadUrl(new URL("./thread.js", import.meta.url));
  const start = (owner: string): ThreadClient => new ThreadClient(url, { path, owner, leaseMs: 30_000 });
  return [start("one"), start("two")];
}

test("a worker whose reservation is undone by a failure of its batch asks again whether it is alone", async () => {
  await using folder = await tempFolder();
  const [before, worker] = startTwo(folder.path);
  await before.call("reserve", "earlier history");
  await before.call("close", undefined);

  const together = [worker.call("reserve", "history"), worker.call("extend", undefined)];
  expect((await Promise.allSettled(together)).map(({ status }) => status)).toEqual(["rejected", "rejected"]);

  expect(await worker.call("reserve", "history")).toMatchObject({ value: true });
  await worker.call("close", undefined);
});

test("a worker keeps its reservation when a later batch fails", async () => {
  await using folder = await tempFolder();
  const [worker, other] = startTwo(folder.path);
  await worker.call("reserve", "history");
  await expect(worker.call("extend", undefined)).rejects.toThrow();

  expect(await other.call("reserve", "another history")).toMatchObject({ value: false });
  await Promise.all([worker, other].map((client) => client.call("close", undefined)));
});
