import { existsSync } from "node:fs";
import { stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempFolder } from "../../test/support/temp-folder.ts";
import { makeFolder } from "./make-folder.ts";

test("makes a folder and those above it, for the owner alone, and leaves one that is there", async () => {
  await using folder = await tempFolder();
  const path = join(folder.path, "one", "two");

  makeFolder(path);
  await writeFile(join(path, "file"), "");
  makeFolder(path);

  for (const each of [join(folder.path, "one"), path]) expect((await stat(each)).mode & 0o777).toBe(0o700);
  expect(existsSync(join(path, "file"))).toBe(true);
});

test("throws where a file is in the way", async () => {
  await using folder = await tempFolder();
  const file = join(folder.path, "file");
  await writeFile(file, "");

  expect(() => makeFolder(file)).toThrow("EEXIST");
  expect(() => makeFolder(join(file, "below"))).toThrow("ENOTDIR");
});

test.runIf(existsSync("/proc/self"))("throws where no folder can be made, and does not try for ever", () => {
  expect(() => makeFolder("/proc/hookwell/below")).toThrow("ENOENT");
});
