import { join } from "node:path";
import { expect, test } from "vitest";
import { tempFolder } from "../../../test/support/temp-folder.ts";
import { watchCommits } from "../../../test/support/watch-commits.ts";
import { pack } from "../../lib/spans.ts";
import { openDatabase } from "../../lib/sqlite.ts";
import { threadUrl } from "../../lib/thread-client.ts";
import { bytesOf } from "../../testing/bytes.ts";
import { spillSchema } from "./schema.ts";

test("what is added is on the disk before its answer, also if it shares its commit; what is removed need not be", async () => {
  await using folder = await tempFolder();
  const path = join(folder.path, "spill.db");
  openDatabase(path, spillSchema).close();
  const { thread, commits } = watchCommits(threadUrl("thread", import.meta.url));
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
