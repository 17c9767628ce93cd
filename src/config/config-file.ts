import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, join, relative, resolve, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { ConfigError } from "../errors.ts";
import { codeOf } from "../lib/error-code.ts";
import { isError } from "../lib/is-error.ts";
import { isPlainObject } from "../lib/plain-object.ts";
import { jsonErrorPlace } from "./json-error.ts";
import { withOwnPackage } from "./own-package.ts";

const named = (extension: string): string => `hookwell.config${extension}`;
const names = [".ts", ".mts", ".js", ".mjs", ".json"].map(named);
/** What other programs read. Without its handlers all events would count as handled. */
const unread = [".cjs", ".cts", ".jsx", ".tsx", ".yaml", ".yml", ".toml"].map(named);

/**
 * The configuration file of a folder.
 *
 * @returns its absolute path; null if there is none
 * @throws {ConfigError} if there are several, or one of another kind
 */
export async function findConfigFile(cwd: string): Promise<string | null> {
  const found = names.filter((name) => existsSync(join(cwd, name)));
  if (found.length > 1) {
    throw new ConfigError([`${found.join(" and ")} are both here: keep one, or name it with --config.`]);
  }
  if (found[0] !== undefined) return join(cwd, found[0]);
  const other = unread.find((name) => existsSync(join(cwd, name)));
  if (other === undefined) return null;
  throw new ConfigError([`${other} is not read: write hookwell.config.ts, .mts, .js, .mjs or .json.`]);
}

/**
 * What a configuration file exports.
 *
 * @param path absolute
 * @param cwd shortens the path in messages
 * @throws {ConfigError} naming file and line, if it cannot be read, does not parse or throws
 */
export async function readConfigFile(path: string, cwd: string): Promise<Readonly<Record<string, unknown>>> {
  const shown = shortPath(path, cwd);
  if (!existsSync(path))
    throw new ConfigError([`${shown} is not there: write the path of an existing file.`]);
  const config = path.endsWith(".json") ? await readJson(path, shown) : await importModule(path, shown, cwd);
  if (isPlainObject(config)) return config;
  throw new ConfigError([`${shown} does not give a plain object: ${exampleFor(path)}.`]);
}

/** A path as people write it: relative if it is inside the working folder. */
export function shortPath(path: string, cwd: string): string {
  const inside = relative(cwd, path);
  return inside === "" || inside.startsWith(`..${sep}`) || inside === ".." ? path : inside;
}

async function readJson(path: string, shown: string): Promise<unknown> {
  const text = (await readFile(path, "utf8")).replace(/^\ufeff/, "");
  try {
    return JSON.parse(text);
  } catch {
    // The parser's message quotes the text, and a secret may be in it.
    const place = jsonErrorPlace(text) ?? { line: 1, column: 1 };
    throw new ConfigError([`${shown}:${place.line}:${place.column} is not JSON: mend it there.`]);
  }
}

async function importModule(path: string, shown: string, cwd: string): Promise<unknown> {
  let module: Readonly<Record<string, unknown>>;
  // With nothing left to wait for, Node would end without a word.
  const stuck = new ConfigError([`${shown} is never done: it awaits something that never comes.`]);
  const never = Promise.withResolvers<never>();
  const tell = (): void => never.reject(stuck);
  process.once("beforeExit", tell);
  try {
    const imported = withOwnPackage(() => import(/* @vite-ignore */ pathToFileURL(path).href));
    module = await Promise.race([imported, never.promise]);
  } catch (cause) {
    if (cause === stuck) throw stuck;
    throw new ConfigError([whyNotImported(cause, path, shown, cwd)], { cause });
  } finally {
    process.off("beforeExit", tell);
  }
  if (module["default"] !== undefined) return module["default"];
  throw new ConfigError([`${shown} has no default export: ${exampleFor(path)}.`]);
}

/** What Node says of a module in a folder whose package.json has the type `commonjs`, as `npm init` writes it. */
const takenForCommonJs = /^(Cannot use import statement outside a module|Unexpected token 'export')$/;

function whyNotImported(error: unknown, path: string, shown: string, cwd: string): string {
  if (!isError(error)) return `${shown} throws something that is not an error: ${String(error)}.`;
  const said = (error.message.split("\n", 1)[0] ?? "").replace(/\.$/, "");
  const place = ownPlace(error);
  if (error instanceof SyntaxError && place !== undefined && takenForCommonJs.test(said)) {
    return readAsCommonJs(resolve(cwd, place.file), cwd);
  }
  if (error instanceof SyntaxError) return `${placeOf(error, path, shown, cwd)} has a syntax error: ${said}.`;
  const cannotLoad = codeOf(error) === "ERR_MODULE_NOT_FOUND";
  if (cannotLoad) return `${shown} cannot be loaded: ${said.replace(/ imported from .*/, "")}.`;
  return `${placeOf(error, path, shown, cwd)} throws: ${said === "" ? error.name : said}.`;
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

function exampleFor(path: string): string {
  return basename(path).endsWith(".json")
    ? 'write { "port": 3000 }'
    : "write export default defineConfig({ … })";
}
