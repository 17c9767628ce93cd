import { settingKeys, settings } from "../../src/config/keys.ts";
import type { Setting } from "../../src/config/settings.ts";
import { code, prose, table } from "./marked.ts";

/** Every setting, from the table that `hookwell` itself reads. */
export function settingsTable(): string {
  const rows = settingKeys.map((key) => {
    const setting: Setting<unknown> = settings[key];
    return [
      key === "configFile" ? "–" : code(key),
      code(setting.env),
      setting.flag === null ? "–" : code(setting.flag),
      setting.defaultText,
      prose(`${setting.says} ${valuesOf(setting)}`),
      setting.part,
    ];
  });
  return table(["In the file", "Environment", "Flag", "Default", "What it does", "Read by"], rows);
}

/** What may be written, as the message about a wrong value says it. */
function valuesOf({ parse }: Setting<unknown>): string {
  const result = parse({});
  return "expected" in result ? `Write ${result.expected}.` : "";
}
