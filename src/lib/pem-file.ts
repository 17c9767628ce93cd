import { readFile } from "node:fs/promises";
import { ConfigError } from "../errors.ts";

/** Says that the file which a setting names cannot be read. */
export const unreadablePem = (path: string, setting: string): string =>
  `${setting} is ${path}, which cannot be read: name a PEM file that this user may read.`;

/**
 * Reads the file that a setting names.
 *
 * @throws {ConfigError} in the words of the setting
 */
export async function readPemFile(path: string, setting: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new ConfigError([unreadablePem(path, setting)], { cause });
  }
}
