import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { buffer } from "node:stream/consumers";
import { CommandError } from "./failure.ts";
import type { Io } from "./io.ts";

/**
 * The bytes of a file, or of standard input for `-`.
 *
 * @throws {CommandError} if it cannot be read
 */
export async function readInput(file: string, io: Io): Promise<Uint8Array> {
  try {
    if (file !== "-") return await readFile(resolve(io.cwd, file));
    return await buffer(io.stdin);
  } catch (cause) {
    throw new CommandError(`${file} cannot be read: name a file that exists and that you may read.`, {
      cause,
    });
  }
}
