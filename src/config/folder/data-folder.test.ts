import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { needsMount, smallDisk } from "../../../test/support/disk.ts";
import { tempFolder, type TempFolder } from "../../../test/support/temp-folder.ts";
import { ConfigError } from "../../errors.ts";
import { hasDataFolder, inFolder, openDataFolder, roomIn } from "./data-folder.ts";
import { createFirstSecret, readSecrets } from "../secrets/secrets.ts";
import { writeServerInfo } from "./server-notes.ts";
import { loadOrCreateToken, readToken } from "./token.ts";

let parent: TempFolder;
let folder: string;
beforeEach(async () => {
  parent = await tempFolder();
  folder = join(parent.path, "data");
});
afterEach(() => parent[Symbol.asyncDispose]());

const modeOf = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8);

test("the folder and what is in it are for the owner alone", async () => {
  await createFirstSecret(folder);
  await loadOrCreateToken(folder);
  await writeServerInfo(folder, "api", { url: "http://127.0.0.1:3000/", pid: 1 });

  expect(await modeOf(folder)).toBe("700");
  expect(await modeOf(join(folder, "secrets.json"))).toBe("600");
  expect(await modeOf(join(folder, "secrets.lock"))).toBe("600");
  expect(await modeOf(join(folder, "token"))).toBe("600");
  expect((await readdir(folder)).sort()).toEqual([
    ".gitignore",
    "secrets.json",
    "secrets.lock",
    "server-3000.json",
    "token",
  ]);
});

test("git takes nothing of a folder that is made here, and a folder that was there stays as it is", async () => {
  const there = join(parent.path, "there");
  await mkdir(there);

  await openDataFolder(folder);
  await openDataFolder(there);

  expect(await readFile(join(folder, ".gitignore"), "utf8")).toBe("*\n");
  expect(await readdir(there)).toEqual([]);
});

test("a file in the place of the folder is named with its setting", async () => {
  await writeFile(folder, "");

  for (const path of [folder, join(folder, "inside")]) {
    await expect(openDataFolder(path)).rejects.toThrow(
      `HOOKWELL_DATA (--data) is ${path}, which is a file, or inside one: name a folder.`,
    );
  }
});

test("looking at a folder does not make it", async () => {
  const found = [await hasDataFolder(folder), await readSecrets(folder), await readToken(folder)];

  expect(found).toEqual([false, [], undefined]);
  await expect(stat(folder)).rejects.toThrow("ENOENT");
  await writeFile(folder, "");
  expect(await hasDataFolder(folder)).toBe(false);
});

test("of many first starts at once exactly one makes the secret and the token", async () => {
  const starts = Array.from({ length: 8 }, () => 0);

  const secrets = await Promise.all(starts.map(() => createFirstSecret(folder)));
  const tokens = await Promise.all(starts.map(() => loadOrCreateToken(folder)));

  const made = secrets.filter((secret) => secret !== undefined);
  expect(made).toHaveLength(1);
  expect(await readSecrets(folder)).toEqual(made);
  expect(tokens.filter(({ created }) => created)).toHaveLength(1);
  expect(new Set(tokens.map(({ token }) => token)).size).toBe(1);
});

test.for([
  ["EACCES", "which this user may not read and write: name a folder that you own."],
  ["EROFS", "which is on a read-only file system"],
  ["ENOSPC", "on a disk that is full", "may pass"],
  ["EDQUOT", "on a disk on which this user has used up the quota", "may pass"],
  ["EIO", "on a disk that fails (EIO)", "may pass"],
  ["EMFILE", "and this process has too many files open (EMFILE)", "may pass"],
  ["ENFILE", "and this machine has too many files open (ENFILE)", "may pass"],
])("%s is told in the words of the setting", async ([code, sentence, how]) => {
  const failing = (): Promise<never> => Promise.reject(Object.assign(new Error("mkdir failed"), { code }));

  const error = await inFolder("/data", failing).catch((thrown: unknown) => thrown);

  expect(error).toMatchObject({ mayPass: how === "may pass" });
  expect(String(error)).toContain(`HOOKWELL_DATA (--data) is /data, ${sentence}`);
});

test("a file that this user has not is named, if it has the folder", async () => {
  await loadOrCreateToken(folder);
  const path = join(folder, "token");
  const failing = (at: string): Promise<never> =>
    Promise.reject(Object.assign(new Error("open failed"), { code: "EACCES", path: at }));

  await expect(inFolder(folder, () => failing(path))).rejects.toThrow(
    `is ${folder}, in which this user may not read and write token: give that file to this user.`,
  );
  await expect(inFolder(folder, () => failing(folder))).rejects.toThrow("name a folder that you own.");
  // Of several folders that are to be made, the first is refused.
  await expect(inFolder(join(folder, "a/b"), () => failing(folder))).rejects.toThrow(
    "a folder that you own.",
  );
  const renamed = Object.assign(new Error("rename failed"), {
    code: "EPERM",
    path: `${path}.tmp`,
    dest: path,
  });
  await expect(inFolder(folder, () => Promise.reject(renamed))).rejects.toThrow("write token: give");
  await expect(inFolder("/dev/null", () => failing("/dev/null/token"))).rejects.toThrow(
    "name a folder that you own.",
  );
});

test.for([
  new ConfigError(["What is wrong."]),
  Object.assign(new Error("read failed"), { code: "EPIPE" }),
  new RangeError("a mistake of ours"),
])("what does not come from the folder is told as it is: %s", async (error) => {
  const failing = async (): Promise<never> => {
    throw error;
  };

  await expect(inFolder("/data", failing)).rejects.toBe(error);
});

test("the room that is left is what may still be written, and that is nothing where nobody can write", async (context) => {
  needsMount(context);
  await using disk = await smallDisk(8);
  const empty = await roomIn(disk.path);
  await writeFile(join(disk.path, "large"), Buffer.alloc(5_000_000));
  const some = await roomIn(disk.path);

  await disk.fill();
  const full = await roomIn(disk.path);
  await disk.makeRoom();
  await disk.setReadOnly();
  const readOnly = await roomIn(disk.path);

  expect([empty, some].map((bytes) => Math.round(bytes / 1_000_000))).toEqual([8, 3]);
  expect([full, readOnly, await roomIn(folder)]).toEqual([0, 0, 0]);
});
