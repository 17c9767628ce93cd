import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempFolder } from "../../test/support/temp-folder.ts";
import { readServerInfos, removeServerInfo, writeServerInfo } from "./server-notes.ts";

const at = (port: number, pid: number) => ({ url: `http://127.0.0.1:${port}/`, pid });
/** Of a process that lives. */
const { pid, ppid } = process;

test("a server removes only what it wrote itself", async () => {
  await using folder = await tempFolder();
  await writeServerInfo(folder.path, "api", at(3000, ppid));
  await writeServerInfo(folder.path, "api", at(3001, pid));
  await writeServerInfo(folder.path, "webhook", at(3001, pid));

  await removeServerInfo(folder.path, "api", at(3000, pid));
  // Both may be of the same ms.
  expect(new Set(await readServerInfos(folder.path, "api"))).toEqual(
    new Set([at(3001, pid), at(3000, ppid)]),
  );
  await removeServerInfo(folder.path, "api", at(3001, pid));

  expect(await readServerInfos(folder.path, "api")).toEqual([at(3000, ppid)]);
  expect(await readServerInfos(folder.path, "webhook")).toEqual([at(3001, pid)]);
});

test("the next start removes what was written by servers that were killed, and by one at the same place", async () => {
  await using folder = await tempFolder();
  await writeServerInfo(folder.path, "api", at(3000, 2 ** 30));
  await writeServerInfo(folder.path, "api", at(3001, ppid));

  await writeServerInfo(folder.path, "api", at(3001, pid));

  expect(await readServerInfos(folder.path, "api")).toEqual([at(3001, pid)]);
});

test("the usual port is one too, which a URL does not say", async () => {
  await using folder = await tempFolder();
  const info = { url: "https://127.0.0.1/hooks", pid };

  await writeServerInfo(folder.path, "webhook", info);

  expect(await readServerInfos(folder.path, "webhook")).toEqual([info]);
});

test.for(['{"url":3', "null", '{"url":"nowhere","pid":1}'])(
  "damaged, it is as good as none: %s",
  async (text) => {
    await using folder = await tempFolder();
    await writeFile(join(folder.path, "server-3000.json"), text);

    expect(await readServerInfos(folder.path, "api")).toEqual([]);
  },
);

test("in a folder that is not there no server runs", async () => {
  expect(await readServerInfos("/nowhere/at/all", "api")).toEqual([]);
});
