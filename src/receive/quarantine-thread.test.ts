import { join } from "node:path";
import { expect, test } from "vitest";
import { tempFolder } from "../../test/support/temp-folder.ts";
import { watchCommits } from "../../test/support/drivers/watch-commits.ts";
import { bytesOf } from "../testing/bytes.ts";
import { pack } from "../lib/threads/spans.ts";
import { threadUrl } from "../lib/threads/thread-client.ts";

const refused = { receivedAt: 1, kind: "malformed", genuine: true, reason: "", headers: "{}" };

test("what was refused is on the disk before its answer", async () => {
  await using folder = await tempFolder();
  const data = { path: join(folder.path, "receive.db"), limits: { maxCount: 10, maxBytes: 1_000 } };
  const { thread, commits } = watchCommits(
    threadUrl(new URL("./quarantine-thread.js", import.meta.url)),
    data,
  );
  await thread.call("count", undefined);
  const [, before = 0] = commits();

  await thread.call("add", [refused], pack([bytesOf("body")]));

  expect(commits()[1]).toBe(before + 1);
  await thread.call("close", undefined);
});

test("who asks at the moment at which the oldest give way sees no more than is kept", async () => {
  await using folder = await tempFolder();
  const data = { path: join(folder.path, "receive.db"), limits: { maxCount: 4, maxBytes: 1_000 } };
  const { thread } = watchCommits(threadUrl(new URL("./quarantine-thread.js", import.meta.url)), data);
  const add = (): Promise<unknown> =>
    thread.call("add", [refused, refused, refused], pack(["1", "2", "3"].map(bytesOf)));
  await thread.call("count", undefined);

  // Calls of one turn travel together, and are one transaction.
  const [, count, , ids, list] = await Promise.all([
    add(),
    thread.call("count", undefined),
    add(),
    thread.call("ids", undefined),
    thread.call("list", [Number.MAX_SAFE_INTEGER, 10]),
  ]);

  expect(count.value).toBe(3);
  expect(ids.value).toHaveLength(4);
  expect(list.value).toHaveLength(4);
  await thread.call("close", undefined);
});
