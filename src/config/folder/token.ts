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
    // A token that is made up here would be shown to nobody, so nobody could ask anything.
    throw new ConfigError([
      `${tokenPath(folder)} is empty: remove it, and the next start generates a token.`,
    ]);
  });
}

/**
 * The token in the data folder; undefined if there is none yet.
 *
 * @throws {ConfigError} if it cannot be sent in a header, so that nobody could ask anything with it
 */
export async function readToken(folder: string): Promise<string | undefined> {
  const text = await readIfThere(folder, tokenPath(folder));
  const token = text?.trim();
  if (token === undefined || token === "") return undefined;
  if (isHeaderText(token)) return token;
  throw new ConfigError([
    `${tokenPath(folder)} is damaged: remove it, and the next start generates a token.`,
  ]);
}

const tokenPath = (folder: string): string => join(folder, "token");
