import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { codeOf } from "./error-code.ts";

/**
 * Makes a folder and those above it, for the owner alone. Node's own recursive way tries for ever where no folder can
 * be made, such as in /proc.
 *
 * @returns false if it was there
 */
export function makeFolder(path: string): boolean {
  try {
    return makeOne(path);
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
    const above = dirname(path);
    // Another process may have made it meanwhile.
    if (!isFolder(above)) makeFolder(above);
    return makeOne(path);
  }
}

function makeOne(path: string): boolean {
  try {
    mkdirSync(path, { mode: 0o700 });
    return true;
  } catch (error) {
    if (!isFolder(path)) throw error;
    return false;
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
