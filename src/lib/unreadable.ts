import { accessSync, constants, statSync } from "node:fs";

/**
 * The system's error for a file that this user cannot read; undefined if it can. The file is not read, since what comes
 * out of a pipe can be read only once.
 */
export function whyUnreadable(path: string): Error | undefined {
  try {
    if (statSync(path).isDirectory())
      return Object.assign(new Error(`EISDIR: it is a folder, '${path}'`), { code: "EISDIR" });
    accessSync(path, constants.R_OK);
    return undefined;
  } catch (error) {
    return error as Error;
  }
}
