import { dirname, resolve } from "node:path";
import { ConfigError } from "../errors.ts";
import type { FamilyTable } from "../event/entity.ts";
import type { Part } from "../lib/engines/part.ts";
import { type Env, readEnvironment } from "./environment.ts";
import { findConfigFile, readConfigFile } from "./file/config-file.ts";
import type { Handlers } from "../process/handlers.ts";
import { settingKeys } from "./keys.ts";
import { checkTogether, unknownKeys, unknownVariables } from "./check-settings.ts";
import { checkFamilies, checkHandlers, checkLog, likelySlips, noHandlers } from "./file/check-file.ts";
import { secretWarnings, secretsFrom, tokenWarnings, type WrittenSecret } from "./secrets/secret-settings.ts";
import type { SettingKey, Settings } from "./settings.ts";
import { shortPath } from "../lib/short-path.ts";
import { unreadableFiles } from "./folder/unreadable-files.ts";
import { WrittenSettings } from "./written-settings.ts";

/** Where settings come from. */
export interface ConfigSources {
  readonly env: Env;
  /** Setting → what was written after its flag. */
  readonly flags: Readonly<Partial<Record<SettingKey, string>>>;
  /** Absolute; the configuration file is looked for here, and relative paths begin here. */
  readonly cwd: string;
  /** What `createReceiver` was given in place of a configuration file; then no such file is looked for. */
  readonly options?: Readonly<Record<string, unknown>>;
  /**
   * Parts that a server is about to open: then the files that it and they must read are checked with all other
   * settings.
   */
  readonly opens?: readonly Part[];
}

/** Everything that people configure, checked. */
export interface Config extends Settings {
  /** From environment and file; those of the data folder are not among them. */
  readonly secrets: readonly WrittenSecret[];
  /** Empty if none is configured. */
  readonly handlers: Handlers;
  /** Overrides of the table of families. */
  readonly families: FamilyTable;
  /** Sentences about what works but is not wise. */
  readonly warnings: readonly string[];
}

type FileValues = Readonly<Record<string, unknown>>;

/**
 * Defaults ← configuration file ← environment ← flags.
 *
 * @throws {ConfigError} with one sentence per mistake, all at once; none of them shows a secret
 * @example
 * ```ts
 * const config = await loadConfig({ env: process.env, flags: { port: "8080" }, cwd: process.cwd() });
 * ```
 */
export async function loadConfig(sources: ConfigSources): Promise<Config> {
  const problems: string[] = [];
  const passing = new Set<string>();
  const environment = readEnvironment(sources.env, sources.cwd, problems);
  const isEmbedded = sources.options !== undefined;
  const configFile = isEmbedded ? null : await locate(sources, problems);
  const file: FileValues =
    configFile === null
      ? (sources.options ?? {})
      : await collect(readConfigFile(configFile, sources.cwd), {}, problems, passing);
  const shownFile = configFile === null ? "the options" : shortPath(configFile, sources.cwd);

  const { flags, cwd } = sources;
  const fileFolder = configFile === null ? cwd : dirname(configFile);
  const written = new WrittenSettings({ flags, environment, file, shownFile, fileFolder, cwd });
  const parsed = settingKeys.map((key) => [key, written.valueOf(key, problems)] as const);
  const values = { ...Object.fromEntries(parsed), configFile } as unknown as Settings;
  const secret = isEmbedded ? file["secret"] : undefined;
  const secrets = secretsFrom(environment, { secret, secrets: file["secrets"] }, shownFile, problems);
  problems.push(
    ...checkTogether(values, { nameOf: (key) => written.nameOf(key), isEmbedded }),
    ...unknownKeys(file, shownFile, { isEmbedded }),
  );
  problems.push(...checkHandlers(file["handlers"], shownFile), ...checkFamilies(file["families"], shownFile));
  if (isEmbedded) problems.push(...checkLog(file["log"], shownFile));
  if (sources.opens !== undefined) problems.push(...unreadableFiles(values, sources.opens));

  const mayPass = problems.every((problem) => passing.has(problem));
  const slips = unknownVariables(environment.env);
  // What would be a warning otherwise may be the cause, or the next mistake that a person meets.
  if (problems.length > 0) throw new ConfigError([...problems, ...slips], { mayPass });
  const handlers = (file["handlers"] ?? {}) as Handlers;
  const families = (file["families"] ?? {}) as FamilyTable;
  return {
    ...values,
    secrets,
    handlers,
    families,
    warnings: [
      ...secretWarnings(secrets),
      ...tokenWarnings(values.token),
      ...slips,
      ...(isEmbedded ? noHandlers(file["handlers"], shownFile) : []),
      ...likelySlips("handlers", handlers, shownFile),
      ...likelySlips("families", families, shownFile),
    ],
  };
}

async function locate({ env, flags, cwd }: ConfigSources, problems: string[]): Promise<string | null> {
  const name = flags.configFile === undefined ? "HOOKWELL_CONFIG" : "--config";
  const named = flags.configFile ?? (env["HOOKWELL_CONFIG"] || undefined);
  if (named !== undefined && named.trim() !== "") return resolve(cwd, named);
  if (named !== undefined) problems.push(`${name} is empty: write the path of a file.`);
  return collect(findConfigFile(cwd), null, problems);
}

/**
 * The result; or after a failure, whose problems are noted, a stand-in, so that the other mistakes are reported too.
 *
 * @param passing gets those of them that may be gone later
 */
async function collect<T>(
  result: Promise<T>,
  otherwise: T,
  problems: string[],
  passing = new Set<string>(),
): Promise<T> {
  try {
    return await result;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    problems.push(...error.problems);
    if (error.mayPass) for (const problem of error.problems) passing.add(problem);
    return otherwise;
  }
}
