import { dirname, resolve } from "node:path";
import { ConfigError } from "../errors.ts";
import type { FamilyTable } from "../event/entity.ts";
import type { Part } from "../lib/part.ts";
import { type Environment, readEnvironment } from "./environment.ts";
import { findConfigFile, readConfigFile } from "./config-file.ts";
import type { Handlers } from "../process/handlers.ts";
import { settingKeys, settings } from "./keys.ts";
import { checkTogether, unknownKeys, unknownVariables } from "./check-settings.ts";
import { checkFamilies, checkHandlers, checkLog, likelySlips } from "./check-file.ts";
import { secretWarnings, secretsFrom, tokenWarnings, type WrittenSecret } from "./secret-settings.ts";
import type { Setting, SettingKey, Settings } from "./settings.ts";
import { shortPath } from "../lib/short-path.ts";
import { withoutLogin } from "../lib/without-login.ts";
import { unreadableFiles } from "./unreadable-files.ts";

/** Where settings come from. */
export interface ConfigSources {
  readonly env: Readonly<Record<string, string | undefined>>;
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
  const environment = readEnvironment(sources.env, sources.cwd, problems);
  const isEmbedded = sources.options !== undefined;
  const configFile = isEmbedded ? null : await locate(sources, problems);
  const file: FileValues =
    configFile === null
      ? (sources.options ?? {})
      : await collect(readConfigFile(configFile, sources.cwd), {}, problems);
  const shownFile = configFile === null ? "the options" : shortPath(configFile, sources.cwd);

  const base = configFile === null ? sources.cwd : dirname(configFile);
  const context = { sources, environment, file, shownFile, base };
  const parsed = settingKeys.map((key) => [key, valueOf(key, context, problems)] as const);
  const values = { ...Object.fromEntries(parsed), configFile } as unknown as Settings;
  const secret = isEmbedded ? file["secret"] : undefined;
  const secrets = secretsFrom(environment, { secret, secrets: file["secrets"] }, shownFile, problems);
  const nameOf = (key: SettingKey): string => nameAsWritten(key, context);
  problems.push(
    ...checkTogether(values, { nameOf, isEmbedded }),
    ...unknownKeys(file, shownFile, isEmbedded),
  );
  problems.push(...checkHandlers(file["handlers"], shownFile), ...checkFamilies(file["families"], shownFile));
  if (isEmbedded) problems.push(...checkLog(file["log"], shownFile));
  if (sources.opens !== undefined) problems.push(...unreadableFiles(values, sources.opens));

  if (problems.length > 0) throw new ConfigError(problems);
  const handlers = (file["handlers"] ?? {}) as Handlers;
  return {
    ...values,
    secrets,
    handlers,
    families: (file["families"] ?? {}) as FamilyTable,
    warnings: [
      ...secretWarnings(secrets),
      ...tokenWarnings(values.token),
      ...unknownVariables(environment.env),
      ...likelySlips(handlers, shownFile),
    ],
  };
}

/** A sentence about a value that cannot be used. */
function problemOf(
  name: string,
  raw: unknown,
  expected: string,
  setting: Pick<Setting<unknown>, "shown">,
): string {
  if (raw === "") return `${name} is empty: write ${expected}.`;
  const shown = typeof raw === "string" || typeof raw === "number" || typeof raw === "boolean";
  if (!shown || setting.shown === "hidden") return `${name} is not usable: write ${expected}.`;
  // A number as it is: NaN, which Number() makes of a variable that is not set, would be null in JSON.
  const text = typeof raw === "string" ? JSON.stringify(withoutLogin(raw)) : String(raw);
  return `${name} is ${text.slice(0, 100)}: write ${expected}.`;
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
 */
async function collect<T>(result: Promise<T>, otherwise: T, problems: string[]): Promise<T> {
  try {
    return await result;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    problems.push(...error.problems);
    return otherwise;
  }
}

interface Context {
  readonly sources: ConfigSources;
  readonly environment: Environment;
  readonly file: FileValues;
  readonly shownFile: string;
  /** Folder of the configuration file. */
  readonly base: string;
}

function valueOf(key: SettingKey, context: Context, problems: string[]): unknown {
  const { sources, base } = context;
  const setting: Setting<unknown> = settings[key];
  const written = key === "configFile" ? undefined : writtenValue(key, setting, context);
  const atPath = (value: unknown, from: string): unknown =>
    setting.isPath && typeof value === "string" ? resolve(from, value) : value;
  if (written === undefined) return atPath(setting.default, sources.cwd);
  const result = setting.parse(written.raw);
  if ("value" in result) return atPath(result.value, written.fromFile ? base : sources.cwd);
  problems.push(problemOf(written.name, written.raw, result.expected, setting));
  return setting.default;
}

/** A setting as the person who wrote it calls it; one that nobody wrote, by all that it can be set by. */
function nameAsWritten(key: SettingKey, context: Context): string {
  const setting: Setting<unknown> = settings[key];
  return writtenValue(key, setting, context)?.name ?? `${setting.env} (${setting.flag})`;
}

interface Written {
  readonly raw: unknown;
  /** As the person who wrote it calls it. */
  readonly name: string;
  readonly fromFile: boolean;
}

function writtenValue(key: SettingKey, setting: Setting<unknown>, context: Context): Written | undefined {
  const flag = context.sources.flags[key];
  if (flag !== undefined) return { raw: flag, name: setting.flag ?? key, fromFile: false };
  const { env, nameOf } = context.environment;
  const variable = env[setting.env];
  // Platforms leave variables empty to say "not set"; for a secret that would be a trap.
  const set = variable !== undefined && (variable !== "" || setting.flag === null);
  if (set) return { raw: variable, name: nameOf(setting.env), fromFile: false };
  const value = context.file[key];
  return value === undefined || value === null
    ? undefined
    : { raw: value, name: `${key} in ${context.shownFile}`, fromFile: true };
}
