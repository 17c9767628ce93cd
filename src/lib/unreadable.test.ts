import { execFileSync } from "node:child_process";
import { closeSync, constants, openSync, readSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempFolder } from "../../test/support/temp-folder.ts";
import { whyUnreadable } from "./unreadable.ts";

test("a file that is not there, and a folder, cannot be read, and why is said", async () => {
  await using folder = await tempFolder();
  const file = join(folder.path, "file");
  writeFileSync(file, "");

  expect(whyUnreadable(file)).toBeUndefined();
  expect(whyUnreadable(`${file}2`)?.message).toMatch(/^ENOENT: .*file2/);
  expect(whyUnreadable(folder.path)?.message).toMatch(/^EISDIR: .*folder/);
});

test("what is in a pipe is still there", async () => {
  await using folder = await tempFolder();
  const pipe = join(folder.path, "pipe");
  execFileSync("mkfifo", [pipe]);
  const end = openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK);
  writeSync(end, "key");

  expect(whyUnreadable(pipe)).toBeUndefined();

  const found = Buffer.alloc(10);
  expect(readSync(end, found)).toBe(3);
  closeSync(end);
});
