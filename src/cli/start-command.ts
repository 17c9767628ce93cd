import { settingKeys, settings } from "../config/keys.ts";
import { type Config, loadConfig } from "../config/load-config.ts";
import type { Setting, SettingKey } from "../config/settings.ts";
import type { Command, ExitCode, Input, Option, Options } from "./command.ts";
import { eventPrinter } from "./event-printer.ts";
import type { StartOptions } from "../app.ts";
import type { Io } from "./io.ts";
import { paletteFor } from "./palette.ts";
import { printable } from "./printable.ts";
import { runUntilStopped } from "./signals.ts";
import { stderrLog } from "./terminal-log.ts";
import { welcome } from "./welcome.ts";

const headings = { both: "Options:", receive: "Receiving:", process: "Processing:" } as const;

/** A command that runs parts of Hookwell until it is stopped. Its flags are the settings of those parts. */
export function startCommand(
  parts: StartOptions["parts"],
  about: Pick<Command, "summary" | "details" | "examples">,
): Command {
  const keys = settingKeys.filter((key) => isFor(parts, settings[key]) && settings[key].flag !== null);
  return {
    name: parts,
    ...about,
    options: keys.map((key) => toOption(settings[key])),
    run: (input) => start(parts, keys, input),
  };
}

async function start(
  parts: StartOptions["parts"],
  keys: readonly SettingKey[],
  { options, io }: Input,
): Promise<ExitCode> {
  const config = await loadConfig({ env: io.env, flags: flagsOf(keys, options), cwd: io.cwd });
  const log = stderrLog(config.logLevel, io);
  warnOf(config, io);
  const app = await io.startApp({ parts, config, log, printEvent: eventPrinter(io) });
  welcome(parts, app, config, io);
  return runUntilStopped(app, io.signals, log);
}

/** What was written behind the flags of these settings, not checked yet. */
export function flagsOf(keys: readonly SettingKey[], options: Options): Partial<Record<SettingKey, string>> {
  const flags: Partial<Record<SettingKey, string>> = {};
  for (const key of keys) {
    const value = options.text(optionName(settings[key]));
    if (value !== undefined) flags[key] = value;
  }
  return flags;
}

/** Sentences about settings that work but are not wise. */
function warnOf({ warnings, logLevel }: Config, io: Io): void {
  if (!io.stderr.isTTY) {
    const log = stderrLog(logLevel, io);
    return warnings.forEach((warning) => log.warn("config.warning", { warning }));
  }
  const { warn } = paletteFor(io.stderr, io.env);
  for (const warning of warnings) io.stderr.write(`${warn("!")} ${printable(warning)}\n`);
}

function isFor(parts: StartOptions["parts"], { part }: Setting<unknown>): boolean {
  return parts === "serve" || part === "both" || part === parts;
}

function toOption(setting: Setting<unknown>): Option {
  return {
    flags: `${setting.flag ?? ""} ${setting.placeholder}`,
    says: setting.says,
    env: setting.env,
    otherwise: setting.defaultText,
    group: headings[setting.part],
  };
}

/** `--tls-cert` → `tlsCert` */
function optionName({ flag }: Setting<unknown>): string {
  return (flag ?? "").replace(/^--/, "").replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
