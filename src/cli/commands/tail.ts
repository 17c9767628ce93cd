import { once } from "node:events";
import type { EventRecord } from "../../api/contract.ts";
import { wholeNumber } from "../../config/parsers.ts";
import { openClient, serverFinder } from "../client/open-client.ts";
import { apiOptions, readConfig } from "../client/where.ts";
import type { ExitCode, Input, Unlisted } from "../command.ts";
import { CommandError, UsageError } from "../failure.ts";
import { follow, type Print } from "../client/follow.ts";
import { jsonLine } from "../view/json-line.ts";
import { interruption } from "../signals.ts";
import { entityFilter, jsonOption, nameFilter, statusFilter } from "../list-options.ts";
import { serversHere, whySilent } from "../client/servers-here.ts";
import { tailLine } from "../view/tail-line.ts";

export const tail: Unlisted = {
  details:
    "Each line is an event and what became of it; a later change is a new line. Follows a running server.",
  options: [
    {
      flags: "-n, --last <n>",
      says: "Begin with this many of the newest events.",
      parse: wholeNumber(0, 1_000),
      otherwise: "10",
    },
    jsonOption,
    nameFilter,
    entityFilter,
    statusFilter,
    ...apiOptions,
  ],
  examples: [
    { line: "hookwell tail", says: "all events" },
    { line: "hookwell tail --status dead --last 0", says: "only what fails from now on" },
    { line: "hookwell tail --json | jq .name", says: "for other programs" },
  ],
  run,
};

async function run(input: Input): Promise<ExitCode> {
  const { options, io } = input;
  const find = await serverFinder(options, io);
  const client = await find();
  if (client === undefined) throw await noServer(input);
  using interrupted = interruption(io.signals);
  const { signal } = interrupted;
  // It may be waiting for a reader that stalls.
  const ended = once(signal, "abort");
  await Promise.race([follow({ client, find }, input, printer(input), signal), ended]);
  return interrupted.code();
}

async function noServer({ options, io }: Input): Promise<Error> {
  const silent = whySilent(await serversHere(await readConfig(options, io), "api"));
  if (silent !== undefined) return silent;
  await using folder = await openClient(options, io);
  const none =
    "No server that processes events runs on this data folder: start one with `hookwell serve` or `hookwell process`, or name one with --server.";
  return folder.inUse === undefined ? new CommandError(none) : new UsageError(folder.inUse);
}

/** Prints no faster than somebody reads: what is not printed yet stays at the server. */
function printer({ options, io }: Input): Print {
  const { stdout } = io;
  const textOf = options.has("json") ? jsonLine : (record: EventRecord) => `${tailLine(record, stdout)}\n`;
  return async (record) => {
    await stdout.room();
    stdout.write(textOf(record));
  };
}
