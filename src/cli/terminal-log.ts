import { type Log, type LogLevel, describe, leveledLog, jsonLog } from "../log.ts";
import type { Io } from "./io.ts";
import type { Palette } from "./view/palette.ts";
import { printable } from "../lib/printable.ts";
import { clockTime } from "../lib/times.ts";
import { withPriority } from "./journal.ts";
import { wrap } from "./view/wrap.ts";

/** The log on stderr: lines for people on a terminal, JSON lines elsewhere. */
export function stderrLog(least: LogLevel, io: Pick<Io, "stderr" | "now">): Log {
  if (io.stderr.isTTY) return terminalLog(least, io);
  if (io.stderr.isJournal) return journalLog(least, io);
  return jsonLog(least, (line) => io.stderr.write(line), io.now);
}

/** The same JSON, and the journal knows the level too: `journalctl --priority warning` finds what needs a person. */
function journalLog(least: LogLevel, { stderr, now }: Pick<Io, "stderr" | "now">): Log {
  const at = (level: keyof Log): Log["info"] =>
    jsonLog(least, (line) => stderr.write(withPriority(level, line)), now)[level];
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

/** What does not fit on the line of a fact stands below it. */
const indent = " ".repeat("10:03:07.123  • ".length);

/** Told to a person by the welcome, with more than its fields. */
const welcomed = "app.ready";

/** One line per fact: `10:03:07.123  server.listening  url=http://127.0.0.1:3000/`. */
function terminalLog(least: LogLevel, io: Pick<Io, "stderr" | "now">): Log {
  const { palette } = io.stderr;
  return leveledLog(least, (level, fact, fields = {}) => {
    if (fact === welcomed) return;
    const told = Object.entries(fields)
      .filter(([, value]) => value !== undefined && value !== null)
      .map(([key, value]) => `${palette.dim(`${printable(key)}=`)}${fieldText(describe(value))}`);
    const line = [palette.dim(clockTime(io.now())), factText(level, printable(fact), palette), ...told].join(
      "  ",
    );
    io.stderr.write(`${wrap(line, io.stderr, indent, 0)}\n`);
  });
}

function factText(level: keyof Log, fact: string, palette: Palette): string {
  switch (level) {
    case "error":
      return palette.bad(`✗ ${fact}`);
    case "warn":
      return palette.warn(`! ${fact}`);
    case "debug":
      return palette.dim(`· ${fact}`);
    case "info":
      return `${palette.good("•")} ${fact}`;
  }
}

/** Values with spaces stand in quotes, so that one sees where they end. */
function fieldText(value: string): string {
  const safe = printable(value);
  return /[\s"]/.test(safe) ? `"${safe.replaceAll('"', String.raw`\"`)}"` : safe;
}
