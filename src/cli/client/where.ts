import { type Config, loadConfig } from "../../config/load-config.ts";
import type { Option, Options } from "../command.ts";
import type { Io } from "../io.ts";
import { flagsOf } from "../setting-options.ts";

/** Options of commands that read from the data folder. */
export const folderOptions: readonly Option[] = [
  { flags: "--data <folder>", says: "Data folder.", env: "HOOKWELL_DATA", group: "Where:" },
  { flags: "--config <file>", says: "Configuration file.", env: "HOOKWELL_CONFIG", group: "Where:" },
];

/** Options of every command that reads from the API. */
export const apiOptions: readonly Option[] = [
  {
    flags: "--server <url>",
    says: "Server to ask; its token is in HOOKWELL_TOKEN.",
    env: "HOOKWELL_SERVER",
    otherwise: "the one that runs on the data folder",
    group: "Where:",
  },
  ...folderOptions,
];

/** What `--server` names, or its variable, over which flags win that say where to look on this machine. */
export function namedServer(options: Options, { env }: Io): string | undefined {
  const isHere = ["data", "queue", "ledger"].some((name) => options.text(name) !== undefined);
  return (options.text("server") ?? (isHere ? undefined : env["HOOKWELL_SERVER"])) || undefined;
}

/** Settings, as far as a command that does not serve has flags for them. */
export function readConfig(options: Options, io: Io): Promise<Config> {
  const flags = flagsOf(["data", "configFile", "queue", "ledger"], options);
  return loadConfig({ env: io.env, flags, cwd: io.cwd });
}
