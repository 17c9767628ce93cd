import { realpathSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { isOfDisk } from "./sqlite-errors.ts";

/** SQLite takes 512 bytes, with `-journal` behind the name, and follows links first. */
const mostBytes = 504;

/** What is the matter with a file that SQLite does not open for its long path, and what to do; undefined if it is not that. */
export function whyTooLong(error: unknown, path: string): string | undefined {
  if (!isOfDisk(error)) return undefined;
  const bytes = Buffer.byteLength(realPath(path));
  return bytes > mostBytes
    ? `cannot be opened: its path has ${bytes} bytes, and SQLite takes ${mostBytes}. Choose a shorter one`
    : undefined;
}

/** Without links; of a file that is not there, those of its folder. */
const realPath = (path: string): string =>
  followed(path) ?? join(followed(dirname(path)) ?? dirname(path), basename(path));

function followed(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
