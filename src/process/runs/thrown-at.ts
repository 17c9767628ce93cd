import { join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { ownCode } from "../../lib/own-manifest.ts";
import { shortPath } from "../../lib/short-path.ts";

/**
 * A line of a stack: `at async name (file:///folder/file.ts:12:5)`, or without `async` or a name. Of a CommonJS module
 * it has the path, which begins with a drive in Windows.
 */
const frame = /^\s+at (?:async )?(?:.* \()?((?:file:\/\/\/|\/|[A-Z]:\\).+?)(?:\?[^:]*)?:(\d+:\d+)\)?$/;
const inPackage = /[\\/]node_modules[\\/]/;

/**
 * Where an error was thrown, `hooks/save.ts:12:5`: the first place on its way that is neither in Node, nor in a package,
 * nor in Hookwell. Undefined if there is none, or if the stack cannot be told from the message, which may be private.
 */
export function thrownAt(error: Error): string | undefined {
  try {
    const { stack, message } = error;
    const start = stack?.indexOf(message) ?? -1;
    if (stack === undefined || start < 0) return undefined;
    const ours = join(ownCode(), sep);
    for (const line of stack.slice(start + message.length).split("\n")) {
      const [, file, place] = frame.exec(line) ?? [];
      const path = file?.startsWith("file:") ? fileURLToPath(file) : file;
      if (path === undefined || inPackage.test(path) || path.startsWith(ours)) continue;
      return `${shortPath(path, process.cwd())}:${place}`;
    }
  } catch {
    // Handlers throw even what throws when it is looked at.
  }
  return undefined;
}
