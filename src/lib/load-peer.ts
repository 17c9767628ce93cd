import { ConfigError } from "../errors.ts";
import { codeOf } from "./error-code.ts";

/**
 * Loads packages that only users of an engine install.
 *
 * @param names of the packages
 * @param load imports them
 * @throws {ConfigError} that says what to install, all of it, if one is not there
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
): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    if (codeOf(cause) !== "ERR_MODULE_NOT_FOUND") throw cause;
    const needs = `${names.length === 1 ? "package" : "packages"} ${names.join(" and ")}`;
    throw new ConfigError([`${scheme} needs the ${needs}: npm install ${names.join(" ")}`], { cause });
  }
}
