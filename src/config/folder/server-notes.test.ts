import { cp, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { tempFolder } from "../../../test/support/temp-folder.ts";
import { hasEnded, portOf, readServerInfos, removeServerInfo, writeServerInfo } from "./server-notes.ts";

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

test("in a copy of a folder nothing is known of the server of the other one, and in one that was moved it is", async () => {
  await using folder = await tempFolder();
  const inside = (name: string): string => join(folder.path, name);
  const [one, copy, moved] = [inside("one"), inside("copy"), inside("moved")];
  await mkdir(one);
  await writeServerInfo(one, "api", at(3000, pid));
  await cp(one, copy, { recursive: true });

  expect(await readServerInfos(copy, "api")).toEqual([]);
  await writeServerInfo(copy, "api", at(3000, ppid));
  expect(await readServerInfos(copy, "api")).toEqual([at(3000, ppid)]);
  await rename(one, moved);
  expect(await readServerInfos(moved, "api")).toEqual([at(3000, pid)]);
});

test("the usual port is one too, which a URL does not say", async () => {
  await using folder = await tempFolder();
  const infos = ["https://127.0.0.1/hooks", "http://127.0.0.1/hooks"].map((url) => ({ url, pid }));

  for (const info of infos) await writeServerInfo(folder.path, "webhook", info);

  expect(new Set(await readServerInfos(folder.path, "webhook"))).toEqual(new Set(infos));
});

test.for([
  ["half of it", (text: string) => text.slice(0, text.length / 2)],
  ["nothing", () => "null"],
  ["no address", (text: string) => text.replace("http://127.0.0.1:3000/", "nowhere")],
  ["no number of a process", (text: string) => text.replace(`:${pid},`, `:"${pid}",`)],
] as const)("with %s in it, it is as good as none", async ([_what, damage]) => {
  await using folder = await tempFolder();
  await writeServerInfo(folder.path, "api", at(3000, pid));
  const path = join(folder.path, "server-3000.json");
  const text = await readFile(path, "utf8");

  await writeFile(path, damage(text));

  expect(damage(text)).not.toBe(text);
  expect(await readServerInfos(folder.path, "api")).toEqual([]);
});

test("one that cannot be read is as good as none, too", async () => {
  await using folder = await tempFolder();
  await mkdir(join(folder.path, "server-3000.json"));
  await writeServerInfo(folder.path, "api", at(3001, pid));

  expect(await readServerInfos(folder.path, "api")).toEqual([at(3001, pid)]);
});

test("in a folder that is not there no server runs", async () => {
  expect(await readServerInfos("/nowhere/at/all", "api")).toEqual([]);
});

test.each([
  ["https://127.0.0.1/", 443],
  ["http://127.0.0.1/hooks", 80],
  ["http://127.0.0.1:3000/", 3_000],
])("the port of %s is %i", (url, port) => {
  expect(portOf(url)).toBe(port);
});
