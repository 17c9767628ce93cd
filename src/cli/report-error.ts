import { ConfigError, HookwellError } from "../errors.ts";
import type { ExitCode } from "./command.ts";
import { UsageError } from "./failure.ts";
import type { Io } from "./io.ts";
import { withPriority } from "./journal.ts";
import { isError } from "../lib/is-error.ts";
import { printable, printableLines } from "../lib/printable.ts";
import { counted } from "../lib/amounts.ts";
import { markedLine } from "./view/marked-line.ts";
import { wrap } from "./view/wrap.ts";

/**
 * Errors that a person cures by asking differently. All others are failures: trying again may work. A supervisor goes by
 * this, so that what passes by itself keeps no server down.
 */
const wrongUse = new Set(["WRONG_USE", "CONFIG_INVALID", "DATA_VERSION"]);
const isWrongUse = (error: HookwellError): boolean =>
  wrongUse.has(error.code) && !(error instanceof ConfigError && error.mayPass);

/** Says on stderr what went wrong. */
export function reportError(error: unknown, { stderr }: Pick<Io, "stderr">): ExitCode {
  const { bad, dim, name } = stderr.palette;
  const write = (text: string): unknown =>
    stderr.write(stderr.isJournal ? withPriority("error", text) : text);
  const say = (text: string): unknown => write(markedLine(bad("✗"), text, stderr));
  if (error instanceof ConfigError && error.problems.length > 1) {
    say(`${counted(error.problems.length, "mistake")} in the settings:`);
    for (const problem of error.problems) {
      write(`  ${bad("•")} ${wrap(printable(problem), stderr, "    ")}\n`);
    }
    return 2;
  }
  if (error instanceof HookwellError) {
    say(printable(error.message));
    const help = error instanceof UsageError ? error.command : undefined;
    if (help !== undefined) write(`  ${dim("See")} ${name(`${help} --help`)}\n`);
    return isWrongUse(error) ? 2 : 1;
  }
  // Nobody foresaw this error, so a reader needs to see where it comes from.
  const stack = isError(error) ? (error.stack ?? error.message) : String(error);
  say("Something went wrong that Hookwell did not expect:");
  write(`${dim(printableLines(stack))}\n`);
  return 1;
}
