import type { Options } from "./command.ts";
import { UsageError } from "./failure.ts";

/**
 * Whether only the bytes are wanted.
 *
 * @throws {UsageError} if JSON is wanted, too
 */
export function wantsRaw(options: Options, command: string): boolean {
  if (!options.has("raw")) return false;
  if (options.has("json")) throw new UsageError("--raw and --json exclude each other: choose one.", command);
  return true;
}
