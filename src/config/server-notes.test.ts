import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { tempFolder } from "../../test/support/temp-folder.ts";
import { hasEnded, readServerInfos, removeServerInfo, writeServerInfo } from "./server-notes.ts";

const at = (port: number, pid: number) => ({ url: `http://127.0.0.1:${port}/`, pid });
/** Of a process that lives. */
const { pid, ppid } = process;

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

test("the newest server is the first", async () => {
  await using folder = await tempFolder();
  vi.useFakeTimers({ toFake: ["Date"] });
  for (const [port, now] of [
    [3000, 2_000],
    [3001, 3_000],
    [3002, 1_000],
  ] as const) {
    vi.setSystemTime(now);
    await writeServerInfo(folder.path, "api", at(port, pid));
  }

  const ports = (await readServerInfos(folder.path, "api")).map(({ url }) => new URL(url).port);

  expect(ports).toEqual(["3001", "3000", "3002"]);
});

test("a process of somebody else, which may not be asked, has not ended", () => {
  const kill = vi.spyOn(process, "kill");

  const [gone, forbidden] = ["ESRCH", "EPERM"].map((code) => {
    kill.mockImplementation(() => {
      throw Object.assign(new Error(code), { code });
    });
    return hasEnded(pid);
  });

  expect([gone, forbidden]).toEqual([true, false]);
});

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
  const infos = ["https://127.0.0.1/hooks", "http://127.0.0.1/hooks"].map((url) => ({ url, pid }));

  for (const info of infos) await writeServerInfo(folder.path, "webhook", info);

  expect(new Set(await readServerInfos(folder.path, "webhook"))).toEqual(new Set(infos));
});

test.for(['{"url":3', "null", '{"url":"nowhere","pid":1}', '{"url":"http://127.0.0.1:3000/","pid":"1"}'])(
  "damaged, it is as good as none: %s",
  async (text) => {
    await using folder = await tempFolder();
    await writeFile(join(folder.path, "server-3000.json"), text);

    expect(await readServerInfos(folder.path, "api")).toEqual([]);
  },
);

test("one that cannot be read is as good as none, too", async () => {
  await using folder = await tempFolder();
  await mkdir(join(folder.path, "server-3000.json"));
  await writeServerInfo(folder.path, "api", at(3001, pid));

  expect(await readServerInfos(folder.path, "api")).toEqual([at(3001, pid)]);
});

test("in a folder that is not there no server runs", async () => {
  expect(await readServerInfos("/nowhere/at/all", "api")).toEqual([]);
});
