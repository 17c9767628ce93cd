import { chown, mkdir, open, readdir, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { tempFolder } from "../../test/support/temp-folder.ts";
import { createPrivateFile, removeLeftFiles, writePrivateFile } from "./private-file.ts";

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

test("what a process left that was killed while it wrote is removed, and nothing else", async () => {
  await using folder = await tempFolder();
  const names = [
    "secrets.json.0123456789ab.tmp",
    "secrets.json",
    "mine.tmp",
    "0123456789ab.tmp.txt",
    // Of a process that may still be writing.
    "token.ba9876543210.tmp",
  ];
  const [left = "", ...others] = names;
  for (const name of names) await writeFile(join(folder.path, name), "");
  const longAgo = new Date(Date.now() - 61_000);
  for (const name of [left, ...others.slice(0, -1)]) await utimes(join(folder.path, name), longAgo, longAgo);

  await removeLeftFiles(folder.path);
  await removeLeftFiles(join(folder.path, "missing"));

  expect(await readdir(folder.path)).toEqual(others.toSorted());
});

test("what a write leaves if it is killed has a name by which it is found", async () => {
  await using folder = await tempFolder();
  const handle = await open(join(folder.path, "any"), "w");
  await handle.close();
  const never = Promise.withResolvers<never>();
  const sync = vi.spyOn(Object.getPrototypeOf(handle) as typeof handle, "sync");
  sync.mockReturnValueOnce(never.promise);
  const writing = writePrivateFile(join(folder.path, "secrets.json"), "new").catch(() => "ended");
  await vi.waitFor(() => expect(sync).toHaveBeenCalled());
  const [left = ""] = (await readdir(folder.path)).filter((name) => name.startsWith("secrets.json"));
  const longAgo = new Date(Date.now() - 61_000);
  await utimes(join(folder.path, left), longAgo, longAgo);

  await removeLeftFiles(folder.path);

  expect(left).not.toBe("");
  expect(await readdir(folder.path)).toEqual(["any"]);
  never.reject(new Error("killed"));
  expect(await writing).toBe("ended");
});
