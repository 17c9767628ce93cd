import type { Config } from "../../config/load-config.ts";
import { secretWarnings, tokenWarnings } from "../../config/secrets/secret-settings.ts";
import { counted } from "../../lib/amounts.ts";
import { parts } from "../../lib/engines/part.ts";
import { type Check, ok, warn } from "./check.ts";

/** Where the settings are from, and what of them works but is not wise. */
export function* checkSettings({ configFile, handlers, warnings, secrets, token }: Config): Iterable<Check> {
  const count = Object.keys(handlers).length;
  const from = configFile ?? "no file: defaults and the environment";
  yield ok("Settings", `${from}; ${count === 0 ? "no handlers" : counted(count, "handler")}`);
  const ofToken = tokenWarnings(token);
  for (const warning of ofToken)
    yield warn("Settings", warning, "Set a longer one, or none: then the next start generates one.");
  // Secrets have a check of their own.
  const told = [...secretWarnings(secrets), ...ofToken];
  for (const warning of warnings) {
    if (!told.includes(warning)) yield warn("Settings", warning, "Correct the name, or remove it.");
  }
}

/** Which engines forget what they are given. */
export function* checkMemory(config: Config): Iterable<Check> {
  for (const part of parts) {
    if (!config[part].startsWith("memory:")) continue;
    yield warn(
      "Durability",
      `The ${part} forgets everything when the process ends.`,
      `Set HOOKWELL_${part.toUpperCase()} to sqlite: for real events.`,
    );
  }
}
