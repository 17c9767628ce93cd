import type { Setting, SettingKey } from "../config/settings.ts";
import { settings } from "../config/keys.ts";
import type { Option, Options } from "./command.ts";

/** The flag of a setting, as help shows it. */
export function settingOption(setting: Setting<unknown>, group: string): Option {
  return {
    flags: `${setting.flag ?? ""} ${setting.placeholder}`,
    says: setting.says,
    env: setting.env,
    otherwise: setting.defaultText,
    group,
  };
}

/** What was written after the flags of these settings, not checked yet. */
export function flagsOf(keys: readonly SettingKey[], options: Options): Partial<Record<SettingKey, string>> {
  const flags: Partial<Record<SettingKey, string>> = {};
  for (const key of keys) {
    const value = options.text(optionName(settings[key].flag ?? ""));
    if (value !== undefined) flags[key] = value;
  }
  return flags;
}

/** `--tls-cert` or `--tls-cert <file>` → `tlsCert` */
export function optionName(flags: string): string {
  const name = flags.replace(/^--/, "").replace(/ .*/, "");
  return name.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
