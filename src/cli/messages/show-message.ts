import type { SentMessage } from "../../client/index.ts";
import { printable } from "../../lib/printable.ts";
import type { ExitCode, Input } from "../command.ts";
import type { Io } from "../io.ts";
import { openSenderClient } from "../sender/open-sender-client.ts";
import { jsonLine } from "../view/json-line.ts";
import { labelRow } from "../view/label-row.ts";
import { momentView } from "../view/moment-view.ts";

/** `hookwell messages show ID` */
export async function showMessage({ args, options, io }: Input): Promise<ExitCode> {
  const message = await openSenderClient(options, io).messages.get(args[0] ?? "");
  io.stdout.write(options.has("json") ? jsonLine(message) : messageView(message, io));
  return 0;
}

/** What the sender says of a message, for a person; its text is left out. */
function messageView(message: SentMessage, io: Io): string {
  const { bold, name } = io.stdout.palette;
  const { messageId, status = "unknown", channel, statusDetails, to, sentOn, updatedOn, metadata } = message;
  // The channel has a row of its own, whichever way it is spelled.
  const { channel: _, channelId: __, ...details } = statusDetails ?? {};
  const rows: readonly (readonly [label: string, text: string | undefined])[] = [
    ["Message", name(printable(messageId))],
    ["Channel", channel === null ? undefined : printable(channel)],
    ["To", textOf(to)],
    ["Sent", sentOn && momentView(sentOn, io)],
    ["Updated", updatedOn === null ? undefined : momentView(updatedOn, io)],
    ["Details", textOf(details)],
    ["Metadata", textOf(metadata)],
  ];
  const lines = rows.flatMap(([label, text]) => (text === undefined ? [] : labelRow(label, text, io.stdout)));
  return [bold(printable(status)), "", ...lines, ""].join("\n");
}

/** Undefined if there is nothing in it. */
function textOf(fields: object | undefined): string | undefined {
  if (fields === undefined || Object.keys(fields).length === 0) return undefined;
  return printable(JSON.stringify(fields));
}
