import { ConfigError } from "../errors.ts";

/**
 * Loads a package that only users of an engine install.
 *
 * @param load imports it
 * @throws {ConfigError} that says what to install, if it is not there
 *
 * @example
 * ```ts
 * const { Connection } = await loadPeer("amqp:", "rabbitmq-client", () => import("rabbitmq-client"));
 * ```
 */
export async function loadPeer<T>(scheme: string, name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    const isMissing = cause instanceof Error && "code" in cause && cause.code === "ERR_MODULE_NOT_FOUND";
    if (!isMissing) throw cause;
    throw new ConfigError([`${scheme} needs the package ${name}: npm install ${name}`], { cause });
  }
}
