import { shortPath } from "../config/config-file.ts";
import type { Config } from "../config/load-config.ts";
import type { RunningApp, StartOptions } from "../app.ts";
import type { Io } from "./io.ts";
import { paletteFor } from "./palette.ts";
import { printable } from "./printable.ts";
import { version } from "./version.ts";

/** What a person wants to know when Hookwell has started; new secrets are shown here and never again. */
export function welcome(parts: StartOptions["parts"], app: RunningApp, config: Config, io: Io): void {
  const { stderr, env, cwd } = io;
  const { bold, dim, name, good, warn } = paletteFor(stderr, env);
  const lines: string[] = [];
  if (stderr.isTTY) {
    lines.push("", `  ${bold("Hookwell")} ${dim(version)}  ${good("ready")}`, "");
    const row = (label: string, text: string): number => lines.push(`  ${dim(label.padEnd(10))}${text}`);
    const origin = app.url.replace(/\/+$/, "");
    if (parts !== "process") row("Webhook", name(`${origin}${config.path}`));
    if (parts !== "receive") row("API", name(`${origin}/api/v1`));
    row("Data", printable(shortPath(config.data, cwd)));
    if (config.configFile !== null) row("Config", printable(shortPath(config.configFile, cwd)));
    if (parts !== "receive") row("Handlers", handlersText(config));
    lines.push("");
  }
  const { secret, token } = app.created;
  if (secret !== undefined) {
    lines.push(
      `  ${warn("New secret")}, shown only now: set it at the sender`,
      `    ${bold(secret.value)}`,
      "",
    );
  }
  if (token !== undefined) {
    lines.push(`  ${warn("New token")} for the API, shown only now`, `    ${bold(token)}`, "");
  }
  if (stderr.isTTY) lines.push(`  ${dim("Ctrl-C stops.")}`, "");
  if (lines.length > 0) stderr.write(`${lines.join("\n")}\n`);
}

function handlersText({ handlers, eventLog }: Config): string {
  const patterns = Object.keys(handlers);
  if (patterns.length > 0) return patterns.map(printable).join(", ");
  const file = eventLog === null ? "" : `, and written to ${printable(eventLog)}`;
  return `none: events are printed here${file}`;
}
