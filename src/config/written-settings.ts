import { resolve } from "node:path";
import { withoutLogin } from "../lib/without-login.ts";
import type { Environment } from "./environment.ts";
import { settings } from "./keys.ts";
import type { Setting, SettingKey } from "./settings.ts";

/** Where a setting may be written. */
export interface Places {
  /** Setting → what was written after its flag. */
  readonly flags: Readonly<Partial<Record<SettingKey, string>>>;
  readonly environment: Environment;
  /** What the configuration file has, or the options. */
  readonly file: Readonly<Record<string, unknown>>;
  /** The file, for people. */
  readonly shownFile: string;
  /** Where the relative paths of the file begin, and where all others do. */
  readonly fileFolder: string;
  readonly cwd: string;
}

interface Written {
  readonly raw: unknown;
  /** As the person who wrote it calls it. */
  readonly name: string;
  /** Where a relative path begins that stands there. */
  readonly folder: string;
}

/** Settings as people wrote them: configuration file ← environment ← flags. */
export class WrittenSettings {
  readonly #places: Places;

  constructor(places: Places) {
    this.#places = places;
  }

  /** The value of a setting; its default if nobody wrote one that can be used, which is noted in `problems`. */
  valueOf(key: SettingKey, problems: string[]): unknown {
    const setting: Setting<unknown> = settings[key];
    const written = key === "configFile" ? undefined : this.#written(key);
    const atPath = (value: unknown, from: string): unknown =>
      setting.isPath && typeof value === "string" ? resolve(from, value) : value;
    if (written === undefined) return atPath(setting.default, this.#places.cwd);
    const result = setting.parse(written.raw);
    if ("value" in result) return atPath(result.value, written.folder);
    problems.push(problemOf(written, result.expected, setting));
    return setting.default;
  }

  /** A setting as the person who wrote it calls it; one that nobody wrote, by all that it can be set by. */
  nameOf(key: SettingKey): string {
    const { env, flag } = settings[key];
    return this.#written(key)?.name ?? `${env} (${flag})`;
  }

  #written(key: SettingKey): Written | undefined {
    const { flags, environment, file, shownFile, fileFolder, cwd } = this.#places;
    const setting = settings[key];
    const flag = flags[key];
    if (flag !== undefined) return { raw: flag, name: setting.flag ?? key, folder: cwd };
    const variable = environment.env[setting.env];
    // Platforms leave variables empty to say "not set"; for a secret that would be a trap.
    const isSet = variable !== undefined && (variable !== "" || setting.flag === null);
    if (isSet) return { raw: variable, name: environment.nameOf(setting.env), folder: cwd };
    const value = file[key];
    if (value === undefined || value === null) return undefined;
    return { raw: value, name: `${key} in ${shownFile}`, folder: fileFolder };
  }
}

/** A sentence about a value that cannot be used. */
function problemOf(
  { name, raw }: Written,
  expected: string,
  { shown }: Pick<Setting<unknown>, "shown">,
): string {
  if (raw === "") return `${name} is empty: write ${expected}.`;
  const isSayable = typeof raw === "string" || typeof raw === "number" || typeof raw === "boolean";
  if (!isSayable || shown === "hidden") return `${name} is not usable: write ${expected}.`;
  // A number as it is: NaN, which Number() makes of a variable that is not set, would be null in JSON.
  const text = typeof raw === "string" ? JSON.stringify(withoutLogin(raw)) : String(raw);
  return `${name} is ${text.slice(0, 100)}: write ${expected}.`;
}
