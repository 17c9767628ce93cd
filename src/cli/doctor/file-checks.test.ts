import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runCli } from "../../../test/support/program/cli.ts";
import { tempFolder } from "../../../test/support/temp-folder.ts";
import type { Check } from "./check.ts";

/** What doctor says of queue and ledger, which are files that somebody named. */
async function told(cwd: string, queue: string, ledger: string): Promise<readonly unknown[]> {
  const env = { PORT: "0", HOOKWELL_QUEUE: `sqlite:${queue}`, HOOKWELL_LEDGER: `sqlite:${ledger}` };
  const { code, stdout } = await runCli(["doctor", "--json"], { cwd, env });
  const checks = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Check)
    .filter(({ topic }) => topic === "Queue" || topic === "Ledger");
  return [code, ...checks.map(({ level, topic, says }) => `${level} ${topic}: ${says}`)];
}

test.for(["without", "with"] as const)(
  "files that a person has named and that cannot be made are told, %s a data folder",
  async (has) => {
    await using folder = await tempFolder();
    const file = join(folder.path, "file");
    await writeFile(file, "");
    if (has === "with") await mkdir(join(folder.path, ".hookwell"), { mode: 0o700 });

    const checks = await told(folder.path, join(file, "queue.db"), join(file, "some", "ledger.db"));

    expect(checks).toEqual([
      1,
      `fail Queue: HOOKWELL_QUEUE (--queue) is ${join(file, "queue.db")}, which cannot be created in ${file}.`,
      `fail Ledger: HOOKWELL_LEDGER (--ledger) is ${join(file, "some", "ledger.db")}, which cannot be created in ${file}.`,
    ]);
  },
);

test("files that are there and are no database are told also before there is a data folder", async () => {
  await using folder = await tempFolder();
  const file = join(folder.path, "notes.txt");
  await writeFile(file, "buy milk, and a longer header than that of a database\n");

  const checks = await told(folder.path, file, folder.path);
  const ofDevice = await told(folder.path, "/dev/null", join(folder.path, "ledger.db"));

  expect(checks).toEqual([
    1,
    `fail Queue: HOOKWELL_QUEUE (--queue) is ${file}, which is not a queue.`,
    `fail Ledger: HOOKWELL_LEDGER (--ledger) is ${folder.path}, which is not a ledger.`,
  ]);
  expect(ofDevice).toContainEqual(expect.stringMatching(/^fail Queue: .*which is not a queue/));
});

test("files that are fit are said to be, and none is made", async () => {
  await using folder = await tempFolder();
  const restored = join(folder.path, "restored.db");
  await writeFile(restored, "SQLite format 3\0and so on");

  const checks = await told(folder.path, restored, join(folder.path, "new", "ledger.db"));

  expect(checks).toHaveLength(3);
  expect(checks[0]).toBe(0);
  expect(checks).toContainEqual(expect.stringMatching(/^ok Queue: SQLite [\d.]+, in .*restored\.db: /));
  expect(checks).toContainEqual(
    expect.stringMatching(/^ok Ledger: SQLite [\d.]+, created on the first start: /),
  );
  expect(existsSync(join(folder.path, "new"))).toBe(false);
});

test("JSON has no control characters of a name, but their escapes", async () => {
  await using folder = await tempFolder();
  const queue = join(folder.path, "\u009b2J \u202egpj", "queue.db");
  await writeFile(join(folder.path, "\u009b2J \u202egpj"), "");

  const { stdout } = await runCli(["doctor", "--json"], {
    cwd: folder.path,
    env: { PORT: "0", HOOKWELL_QUEUE: `sqlite:${queue}` },
  });

  expect(stdout).toContain("\\u009b2J \\u202egpj");
  expect(stdout).not.toMatch(/[\u009b\u202e]/);
});
