import { access, constants, readFile, stat, statfs } from "node:fs/promises";
import { basename, join, sep } from "node:path";
import { ConfigError } from "../../errors.ts";
import { codeOf } from "../../lib/error-code.ts";
import { makeFolder } from "../../lib/make-folder.ts";

/**
 * Makes the data folder, for the owner alone, and checks that it can be used.
 *
 * @param folder absolute
 * @throws {ConfigError} naming HOOKWELL_DATA
 */
export async function openDataFolder(folder: string): Promise<void> {
  await inFolder(folder, async () => {
    makeFolder(folder);
    await mayUse(folder);
  });
}

/** Makes the data folder; false if nothing can be kept there, as on a read-only file system. */
export async function canBeWritten(folder: string): Promise<boolean> {
  return openDataFolder(folder).then(
    () => true,
    () => false,
  );
}

/** How many bytes may still be written into the folder: none where it is missing or cannot be written. */
export async function roomIn(folder: string): Promise<number> {
  try {
    await mayUse(folder);
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch {
    return 0;
  }
}

/** True if the folder is there, so that a look at it need not make one. */
export async function hasDataFolder(folder: string): Promise<boolean> {
  return stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/** The text of a file in the data folder; undefined if there is none. */
export const readIfThere = (folder: string, path: string): Promise<string | undefined> =>
  ifThere(folder, () => readFile(path, "utf8"));

/** What `read` gives from the data folder; undefined if it is not there. */
export function ifThere<T>(folder: string, read: () => Promise<T>): Promise<T | undefined> {
  return inFolder(folder, async () => {
    try {
      return await read();
    } catch (error) {
      if (codeOf(error) === "ENOENT") return undefined;
      throw error;
    }
  });
}

/** Does something in the folder; if that fails, says what is wrong in the words of the setting. */
export async function inFolder<T>(folder: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    const why = reasons[codeOf(cause) ?? ""];
    if (why === undefined) throw cause;
    const says = why === closed ? ((await whyFileClosed(folder, cause)) ?? why) : why;
    const mayPass = passing.has(codeOf(cause) ?? "");
    throw new ConfigError([`HOOKWELL_DATA (--data) is ${folder}, ${says}`], { cause, mayPass });
  }
}

/** Names a file that this user may not use in a folder that it may, as after root has restored one. */
async function whyFileClosed(folder: string, cause: unknown): Promise<string | undefined> {
  const { path = "", dest = path } = cause as { readonly path?: string; readonly dest?: string };
  if (!dest.startsWith(join(folder, sep))) return undefined;
  return mayUse(folder).then(
    () => `in which this user may not read and write ${basename(dest)}: give that file to this user.`,
    () => undefined,
  );
}

const mayUse = (folder: string): Promise<void> =>
  access(folder, constants.R_OK | constants.W_OK | constants.X_OK);

const closed = "which this user may not read and write: name a folder that you own.";
/** What the system says of a folder inside a file differs: ENOTDIR in Linux, EEXIST in Windows. */
const inFile = "which is a file, or inside one: name a folder.";
const reasons: Readonly<Record<string, string>> = {
  EEXIST: inFile,
  ENOTDIR: inFile,
  EISDIR: "in which there is a folder where a file belongs: name another folder.",
  ENOENT: "which does not exist and cannot be created: name another folder.",
  EACCES: closed,
  EPERM: closed,
  EROFS: "which is on a read-only file system: name a folder that can be written.",
  ENOSPC: "on a disk that is full: make room, or name another folder.",
  EDQUOT: "on a disk on which this user has used up the quota: make room, or name another folder.",
  EIO: "on a disk that fails (EIO): what the system's log says of it shows why; try again, or name another folder.",
  EMFILE: "and this process has too many files open (EMFILE): raise its limit, and start it again.",
  ENFILE: "and this machine has too many files open (ENFILE): raise its limit, or end what opens them.",
  ENAMETOOLONG: "whose name is too long: name another folder.",
};

/** What may be over when a supervisor tries again, with the same settings. */
const passing: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT", "EIO", "EMFILE", "ENFILE"]);
