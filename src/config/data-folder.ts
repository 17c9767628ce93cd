import { access, constants, readFile, stat } from "node:fs/promises";
import { basename, join, sep } from "node:path";
import { randomBytes } from "node:crypto";
import { ConfigError } from "../errors.ts";
import { codeOf } from "../lib/error-code.ts";
import { makeFolder } from "../lib/make-folder.ts";
import { createPrivateFile } from "./private-file.ts";

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

/** False if nothing can be kept there, as on a read-only file system. */
export async function canBeWritten(folder: string): Promise<boolean> {
  return openDataFolder(folder).then(
    () => true,
    () => false,
  );
}

/** True if the folder is there, so that a look at it need not make one. */
export async function hasDataFolder(folder: string): Promise<boolean> {
  return stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/**
 * The token in the data folder; made on the first start.
 *
 * @returns `created` is true for exactly one caller, who shows the token to a person
 * @throws {ConfigError} if the folder cannot be used, or its token is empty
 */
export async function loadOrCreateToken(
  folder: string,
): Promise<{ readonly token: string; readonly created: boolean }> {
  await openDataFolder(folder);
  return inFolder(folder, async () => {
    const token = randomBytes(32).toString("base64url");
    if (await createPrivateFile(tokenPath(folder), `${token}\n`)) return { token, created: true };
    const there = await readToken(folder);
    if (there !== undefined) return { token: there, created: false };
    // With an empty token nobody could ask the API anything.
    throw new ConfigError([`${tokenPath(folder)} is empty: remove it, and the next start makes a token.`]);
  });
}

/** The token in the data folder; undefined if there is none yet. */
export async function readToken(folder: string): Promise<string | undefined> {
  const text = await readIfThere(folder, tokenPath(folder));
  const token = text?.trim();
  return token === "" ? undefined : token;
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
    throw new ConfigError([`HOOKWELL_DATA (--data) is ${folder}, ${says}`], { cause });
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
const reasons: Readonly<Record<string, string>> = {
  EEXIST: "which is a file: name a folder.",
  ENOTDIR: "which is a file, or inside of one: name a folder.",
  EISDIR: "in which a folder has the place of a file: name another folder.",
  ENOENT: "which is not there and cannot be made: name another folder.",
  EACCES: closed,
  EPERM: closed,
  EROFS: "which is on a read-only file system: name a folder that can be written.",
  ENOSPC: "on a disk that is full: make room, or name another folder.",
  ENAMETOOLONG: "whose name is too long: name another folder.",
};

const tokenPath = (folder: string): string => join(folder, "token");
