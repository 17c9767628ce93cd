import { join } from "node:path";
import { expect, test } from "vitest";
import { tempFolder } from "../../test/support/temp-folder.ts";
import { watchCommits } from "../../test/support/watch-commits.ts";
import { bytesOf } from "../testing/bytes.ts";
import { pack } from "../lib/spans.ts";
import { threadUrl } from "../lib/thread-client.ts";

const refused = { receivedAt: 1, kind: "malformed", genuine: true, reason: "", headers: "{}" };

test("what was refused is on the disk before its answer", async () => {
  await using folder = await tempFolder();
  const data = { path: join(folder.path, "receive.db"), limits: { maxCount: 10, maxBytes: 1_000 } };
  const { thread, commits } = watchCommits(threadUrl("quarantine-thread", import.meta.url), data);
  await thread.call("count", undefined);
  const [, before = 0] = commits();

  await thread.call("add", [refused], pack([bytesOf("body")]));

  expect(commits()[1]).toBe(before + 1);
  await thread.call("close", undefined);
});
