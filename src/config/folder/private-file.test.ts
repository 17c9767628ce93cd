import {
  chown,
  mkdir,
  open,
  readdir,
  readFile,
  stat,
  utimes,
  writeFile,
  type FileHandle,
} from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { tempFolder } from "../../../test/support/temp-folder.ts";
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

test("a file is written also where file handles cannot flush, as under Yarn's Plug'n'Play", async () => {
  await using folder = await tempFolder();
  const path = join(folder.path, "one");
  const handle = await open(folder.path);
  vi.spyOn(Object.getPrototypeOf(handle) as FileHandle, "sync").mockImplementation(() => {
    throw new Error("Method not implemented.");
  });
  await handle.close();

  await writePrivateFile(path, "text");

  expect(await readFile(path, "utf8")).toBe("text");
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
  vi.spyOn(Object.getPrototypeOf(handle) as FileHandle, "writeFile").mockImplementation(async function (
    this: FileHandle,
  ) {
    await this.write("ne");
    throw full;
  });

  await expect(writePrivateFile(path, "new")).rejects.toBe(full);
  await expect(createPrivateFile(path, "new")).rejects.toBe(full);

  expect(await readdir(folder.path)).toEqual(["secrets.json"]);
});

test("a disk that does not take what was written fails the write, and keeps no part of it either", async () => {
  await using folder = await tempFolder();
  const path = join(folder.path, "secrets.json");
  await writeFile(path, "old");
  // Nobody can flush a terminal or the like.
  await using nowhere = await open("/dev/null", "w");
  vi.spyOn(Object.getPrototypeOf(nowhere) as FileHandle, "fd", "get").mockReturnValue(nowhere.fd);

  await expect(writePrivateFile(path, "new")).rejects.toMatchObject({ syscall: "fsync" });
  await expect(createPrivateFile(path, "new")).rejects.toMatchObject({ syscall: "fsync" });
  vi.restoreAllMocks();

  expect(await readdir(folder.path)).toEqual(["secrets.json"]);
  expect(await readFile(path, "utf8")).toBe("old");
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
  const write = vi.spyOn(Object.getPrototypeOf(handle) as FileHandle, "writeFile");
  write.mockReturnValueOnce(never.promise);
  const writing = writePrivateFile(join(folder.path, "secrets.json"), "new").catch(() => "ended");
  await vi.waitFor(() => expect(write).toHaveBeenCalled());
  const [left = ""] = (await readdir(folder.path)).filter((name) => name.startsWith("secrets.json"));
  const longAgo = new Date(Date.now() - 61_000);
  await utimes(join(folder.path, left), longAgo, longAgo);

  await removeLeftFiles(folder.path);

  expect(left).not.toBe("");
  expect(await readdir(folder.path)).toEqual(["any"]);
  never.reject(new Error("killed"));
  expect(await writing).toBe("ended");
});
