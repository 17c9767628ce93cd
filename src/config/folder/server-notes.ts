import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { codeOf } from "../../lib/error-code.ts";
import { canBeWritten, ifThere, inFolder, readIfThere } from "./data-folder.ts";
import { writePrivateFile } from "./private-file.ts";

/** What the command line looks for in a running server. */
export type Door = "api" | "webhook";

/** Where a running server is found. */
export interface ServerInfo {
  /** Of the API, such as `http://127.0.0.1:3000/`; of the webhook, with its path. */
  readonly url: string;
  readonly pid: number;
}

interface Note extends ServerInfo {
  /** In which it was written: the server has nothing to do with a copy of it, such as one from a backup. */
  readonly folder: string;
  /** When it was written, in ms since 1970. */
  readonly at: number;
}

/**
 * Notes for the command line where this server has a door, in a file of its own, since there may be other servers. In a
 * folder that cannot be written nothing is noted.
 */
export async function writeServerInfo(folder: string, door: Door, info: ServerInfo): Promise<void> {
  if (!(await canBeWritten(folder))) return;
  const killed = (await readServerInfos(folder, door)).filter(({ pid }) => hasEnded(pid));
  for (const one of killed) await removeServerInfo(folder, door, one);
  await inFolder(folder, async () => {
    const note: Note = { ...info, at: Date.now(), folder: await identityOf(folder) };
    await writePrivateFile(pathOf(folder, door, info), `${JSON.stringify(note)}\n`);
  });
}

/** What the servers wrote, the newest first; any of them may have died since. */
export async function readServerInfos(folder: string, door: Door): Promise<readonly ServerInfo[]> {
  const isNote = new RegExp(String.raw`^${names[door]}-\d+\.json$`);
  const there = (await ifThere(folder, () => readdir(folder))) ?? [];
  const files = there.filter((name) => isNote.test(name));
  // A note that cannot be read is passed over like a damaged one: it would only have shortened the way to a server.
  const read = (name: string): Promise<Note | undefined> =>
    readNote(folder, join(folder, name)).catch(() => undefined);
  const notes = await Promise.all(files.map(read));
  return notes
    .filter((note) => note !== undefined)
    .sort((one, other) => other.at - one.at)
    .map(({ url, pid }) => ({ url, pid }));
}

/** Whether a server that receives runs on this folder. */
export async function hasReceiver(folder: string): Promise<boolean> {
  return (await readServerInfos(folder, "webhook")).some(({ pid }) => !hasEnded(pid));
}

/** Whether another server that processes events runs on this folder. */
export async function hasWorker(folder: string): Promise<boolean> {
  const isOther = ({ pid }: ServerInfo): boolean =>
    // One that had our own number was killed: a container that starts again numbers its processes anew.
    pid !== process.pid && !hasEnded(pid);
  return (await readServerInfos(folder, "api")).some(isOther);
}

/** Removes the note of a server, unless another one has written its own in the same place since. */
export async function removeServerInfo(folder: string, door: Door, info: ServerInfo): Promise<void> {
  const path = pathOf(folder, door, info);
  if ((await readNote(folder, path))?.pid === info.pid) await rm(path, { force: true });
}

const names: Readonly<Record<Door, string>> = { api: "server", webhook: "receiver" };

const pathOf = (folder: string, door: Door, { url }: ServerInfo): string =>
  join(folder, `${names[door]}-${portOf(url)}.json`);

/** The port of a server, also if its URL leaves it out. */
export function portOf(url: string): number {
  const { port, protocol } = new URL(url);
  return port === "" ? (usualPorts[protocol] ?? 0) : Number(port);
}

/** Ports that a URL leaves out. */
const usualPorts: Readonly<Record<string, number>> = { "http:": 80, "https:": 443 };

/** Stays when it is moved, and is the same under each of its paths. */
async function identityOf(folder: string): Promise<string> {
  const { dev, ino } = await stat(folder);
  return `${dev}:${ino}`;
}

async function readNote(folder: string, path: string): Promise<Note | undefined> {
  const text = await readIfThere(folder, path);
  if (text === undefined) return undefined;
  const here = await identityOf(folder);
  try {
    const { url, pid, at, folder: there } = JSON.parse(text) as Partial<Note>;
    if (typeof url !== "string" || !URL.canParse(url) || !Number.isSafeInteger(pid)) return undefined;
    return there === here ? { url, pid: Number(pid), at: Number(at), folder: here } : undefined;
  } catch {
    return undefined;
  }
}

/** Whether there is no such process any more. One that may not be asked, since it is another user's, is there. */
export function hasEnded(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return codeOf(error) === "ESRCH";
  }
}
