import { randomBytes } from "node:crypto";
import { fsync } from "node:fs";
import { link, open, readdir, rename, rm, stat, type FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { codeOf } from "../../lib/error-code.ts";

/** Under this name a file is written beside the one that it is to become. */
const temporary = (path: string): string => `${path}.${randomBytes(6).toString("hex")}.tmp`;
const isTemporary = (name: string): boolean => /\.[\da-f]{12}\.tmp$/.test(name);

/** Nobody needs so long, in ms, from the first byte of such a file to its new name. */
const leftAfterMs = 60_000;

/** Not the `sync()` of a file handle, which Yarn's Plug'n'Play lacks. */
const flush = promisify(fsync);

/** Only the owner may read and write. */
const ownerOnly = 0o600;

/**
 * Writes a file that only its owner can read, whole or not at all: a crash leaves the old content or the new one.
 */
export function writePrivateFile(path: string, content: string): Promise<void> {
  return putInPlace(path, content, (written) => rename(written, path));
}

/**
 * Writes such a file if it is not there yet.
 *
 * @returns false if it is there, and is left as it is: another process was faster
 */
export async function createPrivateFile(path: string, content: string): Promise<boolean> {
  try {
    // Unlike a rename, a link never replaces.
    await putInPlace(path, content, (written) => link(written, path));
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
}

/**
 * Removes what processes left in a folder that were killed while they wrote such a file, which may be a copy of
 * secrets; not what another one is writing now. Never fails: a folder that cannot be cleared can be used all the same.
 */
export async function removeLeftFiles(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  const removeIfLeft = async (path: string): Promise<void> => {
    const { mtimeMs } = await stat(path);
    if (Date.now() - mtimeMs > leftAfterMs) await rm(path);
  };
  await Promise.allSettled(names.filter(isTemporary).map((name) => removeIfLeft(join(folder, name))));
}

/** @param name gives the file that was written the name of the path */
async function putInPlace(
  path: string,
  content: string,
  name: (written: string) => Promise<void>,
): Promise<void> {
  const written = temporary(path);
  try {
    await write(written, content);
    await name(written);
  } finally {
    // What is left beside it costs little, and must hide neither an error nor a success.
    await rm(written, { force: true }).catch(() => undefined);
  }
  await syncFolder(path);
}

async function write(path: string, content: string): Promise<void> {
  const file = await open(path, "wx", ownerOnly);
  try {
    await file.writeFile(content);
    await giveToOwnerOf(dirname(path), file);
    await flush(file.fd);
  } finally {
    await file.close();
  }
}

/** What root writes into the folder of a service must be readable by that service. */
async function giveToOwnerOf(folder: string, file: FileHandle): Promise<void> {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = await stat(folder);
  if (uid !== 0) await file.chown(uid, gid);
}

/** Makes the new name itself survive a crash. */
async function syncFolder(path: string): Promise<void> {
  // Windows cannot sync a folder, and keeps names by itself.
  if (process.platform === "win32") return;
  const folder = await open(dirname(path), "r");
  try {
    await flush(folder.fd);
  } finally {
    await folder.close();
  }
}
