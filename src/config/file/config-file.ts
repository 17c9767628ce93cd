import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ConfigError } from "../../errors.ts";
import { codeOf } from "../../lib/error-code.ts";
import { isPlainObject } from "../../lib/plain-object.ts";
import { whyUnreadable } from "../../lib/unreadable.ts";
import { jsonErrorPlace } from "./json-error.ts";
import { withOwnPackage } from "./own-package.ts";
import { shortPath } from "../../lib/short-path.ts";
import { isThrown, whyNotImported } from "./why-not-imported.ts";

const named = (extension: string): string => `hookwell.config${extension}`;
const names = [".ts", ".mts", ".js", ".mjs", ".json"].map(named);
/**
 * Names that other programs read and Hookwell does not: if such a file were passed over, its handlers would be missing,
 * and all events would count as handled.
 */
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
  throw new ConfigError([`${other} is not read: name it hookwell.config.ts, .mts, .js, .mjs or .json.`]);
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
  const why = whyUnreadable(path);
  if (why !== undefined) throw new ConfigError([`${shown} ${unreadable[codeOf(why) ?? ""] ?? closed}`]);
  const config = path.endsWith(".json") ? await readJson(path, shown) : await importModule(path, shown, cwd);
  if (isPlainObject(config)) return config;
  throw new ConfigError([`${shown} does not give a plain object: ${exampleFor(path)}.`]);
}

const notThere = "does not exist: write the path of an existing file.";
const unreadable: Readonly<Record<string, string>> = {
  ENOENT: notThere,
  ENOTDIR: notThere,
  EISDIR: "is a folder: write the path of a file.",
};
const closed = "cannot be read: let this user read it, or name another file.";

async function readJson(path: string, shown: string): Promise<unknown> {
  const text = (await readFile(path, "utf8")).replace(/^\ufeff/, "");
  try {
    return JSON.parse(text);
  } catch {
    // The parser's message quotes the text, and a secret may be in it.
    const place = jsonErrorPlace(text) ?? { line: 1, column: 1 };
    throw new ConfigError([`${shown}:${place.line}:${place.column} is not valid JSON: correct it there.`]);
  }
}

async function importModule(path: string, shown: string, cwd: string): Promise<unknown> {
  let module: Readonly<Record<string, unknown>>;
  // If the module awaits something that never comes, Node has nothing left to do and would end without a word.
  const stuck = new ConfigError([`${shown} never finishes loading: it awaits something that never comes.`]);
  const never = Promise.withResolvers<never>();
  const tell = (): void => never.reject(stuck);
  process.once("beforeExit", tell);
  try {
    const imported = withOwnPackage(() => import(/* @vite-ignore */ pathToFileURL(path).href));
    module = await Promise.race([imported, never.promise]);
  } catch (cause) {
    if (cause === stuck) throw stuck;
    throw new ConfigError([whyNotImported(cause, path, shown, cwd)], { cause, mayPass: isThrown(cause) });
  } finally {
    process.off("beforeExit", tell);
  }
  if (module["default"] !== undefined) return module["default"];
  throw new ConfigError([`${shown} has no default export: ${exampleFor(path)}.`]);
}

function exampleFor(path: string): string {
  return path.endsWith(".json") ? 'write { "port": 3000 }' : "write export default defineConfig({ … })";
}
