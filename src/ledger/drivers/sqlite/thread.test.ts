import { join } from "node:path";
import { expect, test } from "vitest";
import { tempFolder } from "../../../../test/support/temp-folder.ts";
import { watchCommits } from "../../../../test/support/watch-commits.ts";
import { threadUrl } from "../../../lib/thread-client.ts";
import { packLandings } from "./landings.ts";

test("how events ended is on the disk before its answer", async () => {
  await using folder = await tempFolder();
  const data = { path: join(folder.path, "ledger.db") };
  const { thread, commits } = watchCommits(threadUrl("thread", import.meta.url), data);
  await thread.call("stats", undefined);
  const [, before = 0] = commits();

  await thread.call("settle", packLandings([]));

  expect(commits()[1]).toBe(before + 1);
  await thread.call("close", undefined);
});
