import { spawnSync } from "node:child_process";
import { open, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { envOf, program } from "../support/program/built.ts";
import { tempFolder } from "../support/temp-folder.ts";

test("what Node warns of, and what ends the start, has its level in systemd's journal", async () => {
  await using folder = await tempFolder();
  const path = join(folder.path, "journal");
  await using journal = await open(path, "w");
  const { dev, ino } = await journal.stat();
  const config = "process.emitWarning('soon gone', 'DeprecationWarning'); export default { port: -1 };";
  await writeFile(join(folder.path, "hookwell.config.mjs"), config);

  const env = envOf({ JOURNAL_STREAM: `${dev}:${ino}` });
  spawnSync(process.execPath, [program, "serve"], {
    cwd: folder.path,
    env,
    stdio: ["ignore", "ignore", journal.fd],
  });

  const lines = (await readFile(path, "utf8")).trimEnd().split("\n");
  expect(lines.map((line) => line.slice(0, 24)).toSorted()).toEqual([
    expect.stringMatching(/^<3>✗ /),
    "<4>DeprecationWarning: s",
  ]);
});
