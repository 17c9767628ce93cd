import { counted } from "../../lib/amounts.ts";
import { printable } from "../../lib/printable.ts";
import { examineBody, type Finding } from "../../schema/examine-body.ts";
import type { ExitCode, Input, Unlisted } from "../command.ts";
import { CommandError, UsageError } from "../failure.ts";
import type { Output } from "../io.ts";
import { jsonOption } from "../list-options.ts";
import { readInput } from "../read-input.ts";
import { jsonLine } from "../view/json-line.ts";
import { markedLine } from "../view/marked-line.ts";

export const validate: Unlisted = {
  details:
    "Reads the file as the receiver reads the body of a request, and holds each event against its published schema. " +
    "An event with an unknown name or other fields is unusual, but is received and handled like all others. The exit " +
    "code is 1 if anything is unusual; new fields alone are not.",
  options: [jsonOption],
  examples: [
    { line: "hookwell validate body.json", says: "is it what the sender sends?" },
    { line: "hookwell show 4c92e7b0-… --raw | hookwell validate -", says: "the same for an event that came" },
  ],
  run: async ({ args: [file = "-"], options, io }: Input): Promise<ExitCode> => {
    const { count, findings } = examineBody(await bodyOf(file, io));
    const { stdout } = io;
    const isJson = options.has("json");
    for (const finding of findings)
      stdout.write(isJson ? jsonLine(finding) : markedLine(markOf(finding, stdout), textOf(finding), stdout));
    const unusual = findings.filter(({ kind }) => kind !== "new");
    if (!isJson) stdout.write(summary(count, unusual, stdout));
    return unusual.length === 0 ? 0 : 1;
  },
};

async function bodyOf(file: string, io: Input["io"]): Promise<Uint8Array> {
  try {
    return await readInput(file, io);
  } catch (error) {
    throw error instanceof CommandError ? new UsageError(error.message, "hookwell validate") : error;
  }
}

function markOf({ kind }: Finding, { palette }: Output): string {
  if (kind === "refused") return palette.bad("✗");
  return kind === "new" ? palette.dim("+") : palette.warn("!");
}

function textOf({ event, name, path, message }: Finding): string {
  const said = path === "" ? message : `${path} ${message}`;
  if (event === null) return printable(said);
  return printable(name === null ? `${event}: ${said}` : `${event}, ${name}: ${said}`);
}

function summary(count: number, unusual: readonly Finding[], stdout: Output): string {
  const { good } = stdout.palette;
  if (unusual.length === 0)
    return markedLine(good("✓"), `${counted(count, "event")}, nothing unusual.`, stdout);
  const events = new Set(unusual.flatMap(({ event }) => event ?? []));
  return events.size === 0 ? "" : `Unusual: ${events.size} of ${counted(count, "event")}.\n`;
}
