import { wholeNumber } from "../../config/parsers.ts";
import type { ExitCode, Input, Unlisted } from "../command.ts";
import { runDemo } from "../demo/run-demo.ts";
import { interruption } from "../signals.ts";

export const demo: Unlisted = {
  details:
    "Starts Hookwell, its console and a sandbox of the sender on free ports, registers one with the other and sends SMS " +
    "that nobody receives. Events arrive signed, come again, come too late, fail, are tried again and are handled; each " +
    "step is explained in a line. It needs no account, no settings and no network. All data are in a temporary folder, " +
    "which is gone after Ctrl-C.",
  options: [
    {
      flags: "--port <n>",
      says: "Port of Hookwell and its console.",
      parse: wholeNumber(0, 65_535),
      otherwise: "a free one",
    },
  ],
  examples: [
    { line: "hookwell demo", says: "see what Hookwell does, within ten seconds" },
    { line: "hookwell demo | grep dead", says: "as plain lines, for other programs" },
  ],
  run,
};

async function run({ options, io }: Input): Promise<ExitCode> {
  using interrupted = interruption(io.signals);
  await runDemo(io, options.number("port") ?? 0, interrupted.signal);
  io.stdout.write("\n  Stopped. Nothing is left.\n");
  return 0;
}
