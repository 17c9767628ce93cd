import { open } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runCli } from "../../test/support/program/cli.ts";
import { tempFolder } from "../../test/support/temp-folder.ts";
import { isJournal } from "./journal.ts";

test("the journal is known by what systemd says of it, which a program that writes elsewhere inherits too", async () => {
  await using folder = await tempFolder();
  await using journal = await open(join(folder.path, "journal"), "w");
  await using other = await open(join(folder.path, "other"), "w");
  const { dev, ino } = await journal.stat();
  const env = { JOURNAL_STREAM: `${dev}:${ino}` };

  expect(isJournal(journal.fd, env)).toBe(true);
  expect(isJournal(other.fd, env)).toBe(false);
  expect(isJournal(journal.fd, {})).toBe(false);
});

test("each line of what ends the start is an error in the journal", async () => {
  const world = { cwd: "/", isJournal: true, env: { PORT: "x", HOST: " " } };

  const { stderr } = await runCli(["serve"], world);

  const lines = stderr.trimEnd().split("\n");
  expect(lines).toHaveLength(3);
  expect(lines.filter((line) => !line.startsWith("<3>"))).toEqual([]);
});
