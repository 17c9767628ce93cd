import { settingKeys, settings } from "../config/keys.ts";
import { loadConfig } from "../config/load-config.ts";
import type { Setting } from "../config/settings.ts";
import type { ExitCode, Input, Unlisted } from "./command.ts";
import { pacedPrinter } from "./view/paced-printer.ts";
import type { Created, RunningApp, StartOptions } from "../app.ts";
import type { Io } from "./io.ts";
import type { Part } from "../lib/engines/part.ts";
import { printable } from "../lib/printable.ts";
import type { Log } from "../log.ts";
import { flagsOf, settingOption } from "./setting-options.ts";
import { runUntilStopped } from "./signals.ts";
import { stderrLog } from "./terminal-log.ts";
import { createdText, welcome } from "./welcome.ts";
import { markedLine } from "./view/marked-line.ts";

const keys = settingKeys.filter((key) => settings[key].flag !== null);
const headings = { both: "Options:", receive: "Receiving:", process: "Processing:" } as const;

/**
 * A command that runs parts of Hookwell until it is stopped. Its flags are the settings of those parts. Those of the
 * other half are accepted too, like its variables, so that both can be started with the same flags.
 */
export function startCommand(
  parts: StartOptions["parts"],
  about: Pick<Unlisted, "details" | "examples">,
): Unlisted {
  return {
    ...about,
    options: keys.map((key) => ({
      ...settingOption(settings[key], headings[settings[key].part]),
      hidden: !isFor(parts, settings[key]),
    })),
    run: (input) => start(parts, input),
  };
}

async function start(parts: StartOptions["parts"], { options, io }: Input): Promise<ExitCode> {
  const flags = flagsOf(keys, options);
  const opens: readonly Part[] = parts === "receive" ? ["queue"] : ["queue", "ledger"];
  const config = await loadConfig({ env: io.env, flags, cwd: io.cwd, opens });
  const log = stderrLog(config.logLevel, io);
  const idle = keys.filter((key) => flags[key] !== undefined && !isFor(parts, settings[key]));
  warnOf([...config.warnings, ...idle.map((key) => idleFlag(settings[key]))], log, io);
  // At once: the start may end at any moment, and no later one shows what this one made.
  const onCreated = (made: Created): void => void io.stderr.write(createdText(made, io.stderr));
  const started = async (onListening: () => void): Promise<RunningApp> => {
    const app = await io.startApp({
      parts,
      config,
      log,
      printEvent: pacedPrinter(io.stdout, log),
      onCreated,
      onListening,
    });
    welcome(parts, app, config, io);
    return app;
  };
  return runUntilStopped(started, io.signals, log);
}

/** Sentences about settings that work but are not wise. */
function warnOf(warnings: readonly string[], log: Log, io: Io): void {
  if (!io.stderr.isTTY) return warnings.forEach((warning) => log.warn("config.warning", { warning }));
  const { warn } = io.stderr.palette;
  for (const warning of warnings) {
    io.stderr.write(markedLine(warn("!"), printable(warning), io.stderr));
  }
  if (warnings.length > 0) io.stderr.write("\n");
}

function idleFlag({ flag, part }: Setting<unknown>): string {
  return `${flag ?? ""} has no effect here: hookwell ${part} reads it.`;
}

function isFor(parts: StartOptions["parts"], { part }: Setting<unknown>): boolean {
  return parts === "serve" || part === "both" || part === parts;
}
