import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { codeOf } from "./error-code.ts";

/**
 * Makes a folder and those above it, for the owner alone. One that is new may be in a project: then no `git add` is to
 * take its secrets, and what people wrote. Node's own recursive way tries for ever where no folder can be made, such as
 * in /proc.
 */
export function makeFolder(path: string): void {
  const isNew = makePath(path);
  if (isNew) writeFileSync(join(path, ".gitignore"), "*\n");
}

/** @returns false if it was there before */
function makePath(path: string): boolean {
  try {
    return makeOne(path);
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
    const above = dirname(path);
    // Another process may have made it meanwhile.
    if (!isFolder(above)) makePath(above);
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
