import { spawnSync } from "node:child_process";
import { realpathSync } from "node:fs";
import { basename, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { codeOf } from "../../lib/error-code.ts";
import { shortPath } from "../../lib/short-path.ts";
import { isError } from "../../lib/is-error.ts";
import { cureOf } from "./import-cures.ts";

/** What Node says of a module in a folder whose package.json has the type `commonjs`, as `npm init` writes it. */
const takenForCommonJs = /^(Cannot use import statement outside a module|Unexpected token 'export')$/;

/** Whether the module itself threw, such as for a database that does not answer yet, and was not only unreadable. */
export const isThrown = (error: unknown): boolean =>
  !(error instanceof SyntaxError) && !unloadable.has(codeOf(error) ?? "");

/** What Node says of an import, or of a `require`, that it can never follow. */
const unloadable = new Set([
  "ERR_IMPORT_ATTRIBUTE_MISSING",
  "ERR_INVALID_MODULE_SPECIFIER",
  "ERR_INVALID_PACKAGE_CONFIG",
  "ERR_INVALID_PACKAGE_TARGET",
  "ERR_MODULE_NOT_FOUND",
  "ERR_PACKAGE_IMPORT_NOT_DEFINED",
  "ERR_PACKAGE_PATH_NOT_EXPORTED",
  "ERR_UNKNOWN_BUILTIN_MODULE",
  "ERR_UNKNOWN_FILE_EXTENSION",
  "ERR_UNSUPPORTED_DIR_IMPORT",
  "ERR_UNSUPPORTED_ESM_URL_SCHEME",
  "ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING",
  "MODULE_NOT_FOUND",
]);

export function whyNotImported(error: unknown, path: string, shown: string, cwd: string): string {
  if (!isError(error)) return `${shown} throws something that is not an error: ${String(error)}.`;
  const said = (error.message.split("\n", 1)[0] ?? "").replace(/\.$/, "");
  const cure = cureOf(error, said);
  const place = ownPlace(error);
  if (error instanceof SyntaxError && place !== undefined && takenForCommonJs.test(said)) {
    return readAsCommonJs(resolve(cwd, place.file), cwd);
  }
  if (error instanceof SyntaxError)
    return `${placeOf(error, path, shown, cwd)} has a syntax error: ${said}.${cure}`;
  // If the file is a link, Node names the file that it leads to.
  if (codeOf(error) === "ERR_UNKNOWN_FILE_EXTENSION" && said.endsWith(` for ${realpathSync(path)}`))
    return `${shown} is not read: name a file that ends with .ts, .mts, .js, .mjs or .json.`;
  if (!isThrown(error)) return `${shown} cannot be loaded: ${said.replace(/ imported from .*/, "")}.${cure}`;
  return `${placeOf(error, path, shown, cwd)} throws: ${said === "" ? error.name : said}.${cure}`;
}

/** @param path of the module, which may be one that the configuration file imports */
function readAsCommonJs(path: string, cwd: string): string {
  const shown = shortPath(path, cwd);
  const better = basename(path).replace(/\.[cm]?(?=[jt]s$)/, ".m");
  return /\.c[jt]s$/.test(path)
    ? `${shown} is read as CommonJS, as its name says: name it ${better}.`
    : `${shown} is read as CommonJS, since package.json says so: write "type": "module" there, or name it ${better}.`;
}

/** File and line of an error: from its stack, or by asking Node to check the file, since V8 tells nobody else. */
function placeOf(error: Error, path: string, shown: string, cwd: string): string {
  const place = ownPlace(error);
  if (place !== undefined) return `${shortPath(resolve(cwd, place.file), cwd)}:${place.line}`;
  if (!(error instanceof SyntaxError)) return shown;
  const checked = spawnSync(process.execPath, ["--check", path], { encoding: "utf8", timeout: 5_000 }).stderr;
  const found = placeIn(checked.split("\n", 1)[0] ?? "");
  return found === undefined ? `${shown}, or a file that it imports,` : `${shown}:${found.line}`;
}

interface PlaceInFile {
  readonly file: string;
  readonly line: string;
}

/** The first place in the stack that is not in somebody else's package. */
function ownPlace(error: Error): PlaceInFile | undefined {
  const places = (error.stack ?? "").split("\n").map(placeIn);
  return places.find((place) => place !== undefined && !place.file.includes("node_modules"));
}

function placeIn(line: string): PlaceInFile | undefined {
  if (line.includes("node:")) return undefined;
  // A line that is nothing but a place may have blanks in it.
  const found =
    /^((?:[A-Z]:\\|\/).+):(\d+)$/.exec(line) ??
    /(file:\/\/\/[^\s()]+?|(?:[A-Z]:\\|\/)[^\s():]+):(\d+)(?::\d+)?\)?$/.exec(line);
  if (found?.[1] === undefined || found[2] === undefined) return undefined;
  const file = found[1].startsWith("file:") ? fileURLToPath(found[1]) : found[1];
  return { file, line: found[2] };
}
