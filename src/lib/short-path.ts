import { relative, sep } from "node:path";

/** A path as people write it: relative if it is inside the working folder. */
export function shortPath(path: string, cwd: string): string {
  const inside = relative(cwd, path);
  return inside === "" || inside.startsWith(`..${sep}`) || inside === ".." ? path : inside;
}
