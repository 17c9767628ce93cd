import { shortPath } from "../lib/short-path.ts";
import type { Config } from "../config/load-config.ts";
import type { Created, RunningApp, StartOptions } from "../app.ts";
import { isServer, shownEngine } from "../lib/engines/engine-url.ts";
import type { Io, Output } from "./io.ts";
import { labelRow } from "./view/label-row.ts";
import { printable } from "../lib/printable.ts";
import { version } from "./version.ts";

/** What a person wants to know when Hookwell has started. */
export function welcome(parts: StartOptions["parts"], app: RunningApp, config: Config, io: Io): void {
  const { stderr, cwd } = io;
  if (!stderr.isTTY) return;
  const { bold, dim, name, good } = stderr.palette;
  const row = (label: string, text: string): string => labelRow(label, text, stderr);
  const origin = app.url.replace(/\/+$/, "");
  const lines = [`  ${bold("Hookwell")} ${dim(version)}  ${good("ready")}`, ""];
  if (parts !== "process") lines.push(row("Webhook", name(`${origin}${config.path}`)));
  if (parts !== "receive") {
    lines.push(row("Console", name(`${origin}/console/`)));
    lines.push(row("API", name(`${origin}/api/v1`)));
  }
  lines.push(row("Data", printable(shortPath(config.data, cwd))));
  if (isServer(config.queue)) lines.push(row("Queue", printable(shownEngine(config.queue))));
  if (parts !== "receive" && isServer(config.ledger))
    lines.push(row("Ledger", printable(shownEngine(config.ledger))));
  if (config.configFile !== null) lines.push(row("Config", printable(shortPath(config.configFile, cwd))));
  if (parts !== "receive") lines.push(row("Handlers", handlersText(config)));
  stderr.write(`${lines.join("\n")}\n\n  ${dim("Ctrl-C stops.")}\n\n`);
}

/** A secret or token that this start made; no later one shows it. */
export function createdText(made: Created, { palette: { bold, warn } }: Output): string {
  return "secret" in made
    ? `  ${warn("New secret")}, shown only now: set it at the sender\n    ${bold(made.secret)}\n\n`
    : `  ${warn("New token")} for console and API, shown only now\n    ${bold(made.token)}\n\n`;
}

function handlersText({ handlers, eventLog }: Config): string {
  const patterns = Object.keys(handlers);
  if (patterns.length > 0) return patterns.map(printable).join(", ");
  const file = eventLog === null ? "" : `, and written to ${printable(eventLog)}`;
  return `none: events are printed here${file}`;
}
