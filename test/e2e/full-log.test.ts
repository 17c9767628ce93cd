import { join } from "node:path";
import { expect, test } from "vitest";
import { readServerInfos } from "../../src/config/server-notes.ts";
import { sample } from "../../src/sandbox/samples.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { testEnv } from "../support/app.ts";
import { program, start } from "../support/built.ts";
import { clientOf } from "../support/client.ts";
import { tempFolder } from "../support/temp-folder.ts";

test("a disk that has no room for the log and what is printed stops neither receiving nor processing", async () => {
  await using folder = await tempFolder();
  const data = join(folder.path, "data");
  const script = `exec "${process.execPath}" "${program}" serve >/dev/full 2>/dev/full`;
  await using hookwell = await start("sh", ["-c", script], {
    cwd: folder.path,
    env: { ...testEnv(data), HOOKWELL_LOG_LEVEL: "info" },
  });
  const client = clientOf(
    await eventually(async () => {
      const [info] = await readServerInfos(data, "webhook");
      if (info === undefined) throw new Error("It is not ready yet.");
      return info.url;
    }),
  );

  expect((await client.send(sample("message.sent"))).status).toBe(200);
  await client.settled();
  expect((await client.send(sample("message.read"))).status).toBe(200);
  await client.settled();

  process.kill(hookwell.pid, "SIGTERM");
  expect(await hookwell.exited).toBe(0);
});
