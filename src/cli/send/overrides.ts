import { printable } from "../../lib/printable.ts";
import { merge, type Overrides } from "../../sandbox/lives/override.ts";
import { UsageError } from "../failure.ts";

/** What `--set path=value` says, several times: later ones go over earlier ones. */
export function overridesOf(settings: readonly string[]): Overrides {
  return settings.map(overrideOf).reduce((all, one) => merge(all, one) as Overrides, {});
}

function overrideOf(setting: string): Overrides {
  const at = setting.indexOf("=");
  const path = setting.slice(0, Math.max(0, at)).split(".");
  if (path.includes("")) throw wrong(setting, "write path=value, such as payload.details.channel=sms");
  if (path.some((key) => /^\d+$/.test(key)))
    throw wrong(setting, 'a list is set as a whole, such as payload.parts=[{"data":"Hello"}]');
  const value = valueOf(setting.slice(at + 1));
  return path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as Overrides;
}

function valueOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

const wrong = (setting: string, hint: string): UsageError =>
  new UsageError(`--set ${printable(setting)}: ${hint}.`, "hookwell send");
