import { ConfigError } from "../../errors.ts";
import { codeOf } from "../error-code.ts";
import { ownFolder } from "../own-manifest.ts";
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
    throw needed(scheme, names, names, { cause });
  }
}

function checkVersions(scheme: string, names: readonly string[], from: string): void {
  const wrong = names.flatMap((name) => wrongVersion(name, from) ?? []);
  if (wrong.length === 0) return;
  const needs = wrong.map(({ name, wanted, found }) => `${name} ${wanted} (${found} is installed)`);
  const install = wrong.map((one) => one.install);
  throw needed(scheme, needs, install);
}

function needed(
  scheme: string,
  packages: readonly string[],
  install: readonly string[],
  options?: ErrorOptions,
): ConfigError {
  const [word, them] = packages.length === 1 ? ["package", "it"] : ["packages", "them"];
  // Who has installed Hookwell for the whole machine installs them in a project at first, where it cannot see them.
  return new ConfigError(
    [
      `${scheme} needs the ${word} ${packages.join(" and ")}: npm install ${install.join(" ")}. ` +
        `Hookwell is installed in ${ownFolder()}, and looks for ${them} beside itself and in the folders above.`,
    ],
    options,
  );
}
