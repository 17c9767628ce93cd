import type { Command, ExitCode } from "./command.ts";
import { commandsFor } from "./commands.ts";
import type { Io } from "./io.ts";
import { parseCommandLine } from "./program.ts";
import { reportError } from "./report-error.ts";
import { version } from "./version.ts";

const hookwell: Omit<Command, "commands"> = {
  name: "hookwell",
  summary: "Receives the webhooks of the Enterprise Communications API.",
  details:
    "Proves that each one is genuine, makes it durable before it answers, and hands every event to your code " +
    "once, in the right order, without obsolete ones.",
  examples: [
    { line: "hookwell serve", says: "receive on http://127.0.0.1:3000/ and print each event" },
    { line: "hookwell send --count 30", says: "send signed sample events to it" },
    { line: "hookwell tail", says: "watch events as they are processed" },
    { line: "hookwell doctor", says: "check that everything is in order" },
  ],
};

/**
 * Runs a command line.
 *
 * @param argv without the program itself
 * @returns 0 for success, 1 for failure, 2 for wrong use
 */
export async function main(argv: readonly string[], io: Io): Promise<ExitCode> {
  try {
    const root = { ...hookwell, commands: await commandsFor(argv) };
    const call = parseCommandLine(root, version, argv, io);
    return call.kind === "run" ? await call.run(io) : call.code;
  } catch (error) {
    return reportError(error, io);
  }
}
