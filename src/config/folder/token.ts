import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { ConfigError } from "../../errors.ts";
import { inFolder, openDataFolder, readIfThere } from "./data-folder.ts";
import { isHeaderText } from "../parsers.ts";
import { createPrivateFile } from "./private-file.ts";

/**
 * The token in the data folder; made on the first start.
 *
 * @returns `created` is true for exactly one caller, who shows the token to a person
 * @throws {ConfigError} if the folder cannot be used, or its token is empty or damaged
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
    throw new ConfigError([`${tokenPath(folder)} is there, and cannot be read: does it point to nothing?`]);
  });
}

/**
 * The token in the data folder; undefined if there is none yet.
 *
 * @throws {ConfigError} if it is empty or cannot be sent in a header, so that nobody could ask anything with it
 */
export async function readToken(folder: string): Promise<string | undefined> {
  const text = await readIfThere(folder, tokenPath(folder));
  if (text === undefined) return undefined;
  const token = text.trim();
  if (isHeaderText(token)) return token;
  // One that is made up in its place would be shown to nobody.
  const state = token === "" ? "empty" : "damaged";
  throw new ConfigError([
    `${tokenPath(folder)} is ${state}: remove it, and the next start generates a token.`,
  ]);
}

export const tokenPath = (folder: string): string => join(folder, "token");
