import { mkdtemp, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ConfigError } from "../errors.ts";
import { hasDataFolder, inFolder, loadOrCreateToken, openDataFolder, readToken } from "./data-folder.ts";
import {
  activeSecrets,
  addSecret,
  generateSecret,
  loadOrCreateSecret,
  readSecrets,
  retireSecret,
} from "./secrets.ts";
import { writeServerInfo } from "./server-notes.ts";

let parent: string;
let folder: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "hookwell-data-"));
  folder = join(parent, "data");
});
afterEach(() => rm(parent, { recursive: true }));

const modeOf = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8);

test("the folder and what is in it are for the owner alone", async () => {
  await loadOrCreateSecret(folder);
  await loadOrCreateToken(folder);
  await writeServerInfo(folder, "api", { url: "http://127.0.0.1:3000/", pid: 1 });

  expect(await modeOf(folder)).toBe("700");
  expect(await modeOf(join(folder, "secrets.json"))).toBe("600");
  expect(await modeOf(join(folder, "token"))).toBe("600");
  expect((await readdir(folder)).sort()).toEqual(["secrets.json", "server-3000.json", "token"]);
});

test("a file in the place of the folder is named with its setting", async () => {
  await writeFile(folder, "");

  await expect(openDataFolder(folder)).rejects.toThrow(
    `HOOKWELL_DATA (--data) is ${folder}, which is a file: name a folder.`,
  );
  await expect(openDataFolder(join(folder, "inside"))).rejects.toThrow("which is a file, or inside of one");
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

  const secrets = await Promise.all(starts.map(() => loadOrCreateSecret(folder)));
  const tokens = await Promise.all(starts.map(() => loadOrCreateToken(folder)));

  expect(secrets.filter(({ created }) => created !== undefined)).toHaveLength(1);
  expect(new Set(secrets.map(({ secrets }) => secrets[0]?.value)).size).toBe(1);
  expect(tokens.filter(({ created }) => created)).toHaveLength(1);
  expect(new Set(tokens.map(({ token }) => token)).size).toBe(1);
});

test("a generated secret is as long as the sender recommends", () => {
  const secret = generateSecret();

  expect(secret).toMatch(/^[\w-]{43}$/);
});

test("secrets are added, read in order and retired", async () => {
  await addSecret(folder, { name: "old", value: "a".repeat(36) });
  await addSecret(folder, { name: "new", value: "b".repeat(36) }, 0);

  const retired = [await retireSecret(folder, "old"), await retireSecret(folder, "old")];

  expect(retired).toEqual([true, false]);
  expect(await readSecrets(folder)).toEqual([
    { name: "new", value: "b".repeat(36), addedAt: "1970-01-01T00:00:00.000Z" },
  ]);
});

test("a name that is taken or unusable, and a value with white space, are refused without showing it", async () => {
  await addSecret(folder, { name: "a", value: "first" });

  await expect(addSecret(folder, { name: "a", value: "x" })).rejects.toThrow('A secret "a" is there already');
  for (const name of ["A!", "_a", "-a", "", "a".repeat(33)])
    await expect(addSecret(folder, { name, value: "x" })).rejects.toThrow("has 1 to 32 of a-z");
  await addSecret(folder, { name: "a".repeat(32), value: "x" });
  await expect(addSecret(folder, { name: "b", value: "secret\n" })).rejects.toThrow(
    /^The value has white space/,
  );
});

test.for([
  '{"secrets":[{"name":"a","value":"hush"',
  '{"secrets":[{"name":"a","value":"","addedAt":"2026-11-24T10:00:00.000Z"}]}',
  '{"secrets":[{"name":"a","value":7,"addedAt":"2026-11-24T10:00:00.000Z"}]}',
  '{"secrets":[{"name":"a","value":"hush"}]}',
  '{"secrets":[null]}',
  '{"secrets":{}}',
  "{}",
])("a damaged file of secrets is never replaced: %s", async (damaged) => {
  await openDataFolder(folder);
  await writeFile(join(folder, "secrets.json"), damaged);

  await expect(loadOrCreateSecret(folder)).rejects.toThrow("is damaged: restore it");
  expect(await readFile(join(folder, "secrets.json"), "utf8")).toBe(damaged);
});

test("secrets of the configuration stand before those of the folder", async () => {
  const fromConfig = { name: "default", value: "x".repeat(36) };
  const before = await activeSecrets({ data: folder, secrets: [fromConfig] });
  await addSecret(folder, { name: "default", value: "hidden by the configuration" });
  await addSecret(folder, { name: "next", value: "y".repeat(36) });

  const after = await activeSecrets({ data: folder, secrets: [fromConfig] });

  expect(before).toEqual([fromConfig]);
  expect(after.map(({ name, value }) => [name, value[0]])).toEqual([
    ["default", "x"],
    ["next", "y"],
  ]);
});

test("after the last secret was retired, the next start makes one", async () => {
  await loadOrCreateSecret(folder);
  await retireSecret(folder, "default");

  const { created } = await loadOrCreateSecret(folder);

  expect(created?.name).toBe("default");
});

test.for([
  ["EACCES", "which this user may not read and write: name a folder that you own."],
  ["EROFS", "which is on a read-only file system"],
  ["ENOSPC", "on a disk that is full"],
])("%s is told in the words of the setting", async ([code, sentence]) => {
  const failing = (): Promise<never> => Promise.reject(Object.assign(new Error("mkdir failed"), { code }));

  await expect(inFolder("/data", failing)).rejects.toThrow(`HOOKWELL_DATA (--data) is /data, ${sentence}`);
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
  Object.assign(new Error("read failed"), { code: "EIO" }),
  new RangeError("a mistake of ours"),
])("what does not come from the folder is told as it is: %s", async (error) => {
  const failing = async (): Promise<never> => {
    throw error;
  };

  await expect(inFolder("/data", failing)).rejects.toBe(error);
});

test("a token that is empty is none, and no start makes up one that nobody is shown", async () => {
  await loadOrCreateToken(folder);
  await writeFile(join(folder, "token"), "\n");

  expect(await readToken(folder)).toBeUndefined();
  await expect(loadOrCreateToken(folder)).rejects.toThrow("token is empty: remove it");
});
