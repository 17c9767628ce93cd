import { readFile } from "node:fs/promises";
import { ConfigError } from "../errors.ts";

/**
 * Reads the file that a setting names.
 *
 * @throws {ConfigError} in the words of the setting
 */
export async function readPemFile(path: string, setting: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    const problem = `${setting} is ${path}, which cannot be read: name a PEM file that this user may read.`;
    throw new ConfigError([problem], { cause });
  }
}
