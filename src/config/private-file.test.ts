import { chown, mkdir, open, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { tempFolder } from "../../test/support/temp-folder.ts";
import { createPrivateFile, writePrivateFile } from "./private-file.ts";

/** Of a service that is not root's. */
const service = 65_534;

afterEach(() => {
  vi.restoreAllMocks();
});

test("what root writes belongs to the owner of the folder", async () => {
  await using folder = await tempFolder();
  if (process.getuid?.() === 0) await chown(folder.path, service, service);
  const owner = await stat(folder.path);

  await writePrivateFile(join(folder.path, "one"), "");
  await createPrivateFile(join(folder.path, "other"), "");

  for (const name of ["one", "other"]) {
    const { uid, gid } = await stat(join(folder.path, name));
    expect({ uid, gid }).toEqual({ uid: owner.uid, gid: owner.gid });
  }
});

test("a file that cannot be written leaves nothing beside it", async () => {
  await using folder = await tempFolder();
  const path = join(folder.path, "taken");
  await mkdir(join(path, "by a folder"), { recursive: true });

  await expect(writePrivateFile(path, "")).rejects.toThrow("rename");
  expect(await createPrivateFile(path, "")).toBe(false);

  expect(await readdir(folder.path)).toEqual(["taken"]);
});

test("a full disk leaves no part of a file, which may hold a secret", async () => {
  await using folder = await tempFolder();
  const path = join(folder.path, "secrets.json");
  const handle = await open(path, "w");
  await handle.close();
  const full = Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
  vi.spyOn(Object.getPrototypeOf(handle) as typeof handle, "sync").mockRejectedValue(full);

  await expect(writePrivateFile(path, "new")).rejects.toBe(full);
  await expect(createPrivateFile(path, "new")).rejects.toBe(full);

  expect(await readdir(folder.path)).toEqual(["secrets.json"]);
});
