import { ConfigError } from "../errors.ts";
import { codeOf } from "./error-code.ts";
import { wrongVersion } from "./peer-version.ts";

/**
 * Loads packages that only users of an engine install.
 *
 * @param names of the packages
 * @param load imports them
 * @param from the module that imports them
 * @throws {ConfigError} that says what to install: all of them if one is not there, or what has another version
 *
 * @example
 * ```ts
 * const { Connection } = await loadPeer("amqp:", ["rabbitmq-client"], () => import("rabbitmq-client"));
 * ```
 */
export async function loadPeer<T>(
  scheme: string,
  names: readonly string[],
  load: () => Promise<T>,
  from: string = import.meta.url,
): Promise<T> {
  try {
    // Before they are loaded, since old ones print something then.
    checkVersions(scheme, names, from);
    return await load();
  } catch (cause) {
    if (codeOf(cause) !== "ERR_MODULE_NOT_FOUND") throw cause;
    const needs = `${wordFor(names)} ${names.join(" and ")}`;
    throw new ConfigError([`${scheme} needs the ${needs}: npm install ${names.join(" ")}`], { cause });
  }
}

function checkVersions(scheme: string, names: readonly string[], from: string): void {
  const wrong = names.flatMap((name) => wrongVersion(name, from) ?? []);
  if (wrong.length === 0) return;
  const needs = wrong
    .map(({ name, wanted, found }) => `${name} ${wanted} (${found} is installed)`)
    .join(" and ");
  const install = wrong.map((one) => one.install).join(" ");
  throw new ConfigError([`${scheme} needs the ${wordFor(wrong)} ${needs}: npm install ${install}`]);
}

const wordFor = (packages: readonly unknown[]): string => (packages.length === 1 ? "package" : "packages");
