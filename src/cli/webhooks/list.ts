import type { EventTemplate } from "../../client/index.ts";
import { printable } from "../../lib/printable.ts";
import type { Command, Input } from "../command.ts";
import { jsonOption, oneJsonOption } from "../list-options.ts";
import { openSenderClient } from "../sender/open-sender-client.ts";
import { senderOptions } from "../sender/sender-options.ts";
import { webhookColumns, webhookView, withoutSecret } from "./webhook-view.ts";
import { jsonLine } from "../view/json-line.ts";
import { printRows } from "./print-rows.ts";

export const list: Command = {
  name: "list",
  summary: "List the registrations.",
  options: [{ flags: "--deleted", says: "Deleted ones too." }, jsonOption, ...senderOptions],
  examples: [{ line: "hookwell webhooks list --api http://127.0.0.1:4010", says: "those of a sandbox" }],
  run: async (input) => {
    const { options, io } = input;
    const found = await openSenderClient(options, io).webhooks.list({
      includeDeleted: options.has("deleted"),
    });
    return printRows(input, found, {
      columns: webhookColumns(io),
      json: withoutSecret,
      nothing: "Nothing is registered: `hookwell webhooks create` does it.",
    });
  },
};

export const show: Command = {
  name: "show",
  summary: "Show a registration: its events, batches and ETag, but never its secret.",
  arguments: [{ form: "<id>", says: "Id from the list." }],
  options: [oneJsonOption, ...senderOptions],
  run: showOne,
};

async function showOne({ args, options, io }: Input): Promise<number> {
  const webhook = await openSenderClient(options, io).webhooks.get(args[0] ?? "");
  const text = options.has("json") ? jsonLine(withoutSecret(webhook)) : webhookView(webhook, io);
  io.stdout.write(text);
  return 0;
}

export const templates: Command = {
  name: "templates",
  summary: "List the groups of events that the service suggests.",
  options: [jsonOption, ...senderOptions],
  run: async (input) => {
    const { options, io } = input;
    return printRows<EventTemplate>(
      input,
      await openSenderClient(options, io).webhooks.availableTemplates(),
      {
        columns: [
          { title: "NAME", cell: ({ name = "" }) => printable(name), paint: io.stdout.palette.bold },
          { title: "EVENTS", cell: ({ events = [] }) => printable(events.join(" ")), cut: "end", least: 20 },
        ],
        nothing: "The service suggests none.",
      },
    );
  },
};
