import { accessSync, constants, statSync } from "node:fs";

/**
 * Why this user cannot read a file, in the words of the system; undefined if it can. It is not read: what comes out of a
 * pipe is there only once.
 */
export function whyUnreadable(path: string): string | undefined {
  try {
    if (statSync(path).isDirectory()) return `EISDIR: it is a folder, '${path}'`;
    accessSync(path, constants.R_OK);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
