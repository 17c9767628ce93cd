import type { QuarantineRecord, RecheckResponse } from "../../api/contract.ts";
import type { ApiClient } from "../client/api-client.ts";
import { apiOptions } from "../client/where.ts";
import { bodyView } from "../view/body-view.ts";
import type { Command, Input, Unlisted } from "../command.ts";
import type { Io } from "../io.ts";
import { labelRow } from "../view/label-row.ts";
import { receivedColumn } from "../view/event-table.ts";
import { jsonLine } from "../view/json-line.ts";
import { printList } from "../view/list-output.ts";
import { jsonOption, limitOption, oneJsonOption } from "../list-options.ts";
import { momentView } from "../view/moment-view.ts";
import { printable } from "../../lib/printable.ts";
import { findRefused, quarantinePath as path, refusedBody } from "../refused-request.ts";
import type { Column } from "../view/table.ts";
import { bytesText, count, counted } from "../../lib/amounts.ts";
import { removeEach } from "../remove-each.ts";
import { tellWhatIsLeft } from "../view/tell-what-is-left.ts";
import { wantsRaw } from "../wants-raw.ts";
import { withClient } from "../client/with-client.ts";

const list: Command = {
  name: "list",
  summary: "List refused requests, the newest first.",
  options: [limitOption, jsonOption, ...apiOptions],
  examples: [
    {
      line: "hookwell quarantine list --json --limit 10000 | jq -r .reason | sort | uniq -c",
      says: "how often each reason occurs",
    },
  ],
  run: (input) =>
    printList<QuarantineRecord>(input, {
      path,
      query: {},
      columns: columns(input.io),
      nothing: "The quarantine here is empty. ✓ Receivers on other machines keep their own.",
    }),
};

const show: Command = {
  name: "show",
  summary: "Show one refused request: the reason, its headers, its body.",
  arguments: [{ form: "<id>", says: "Id from the list." }],
  options: [
    { flags: "--raw", says: "Only the body, as exact bytes." },
    { ...oneJsonOption, says: "One JSON object for programs, without the body: --raw prints it." },
    ...apiOptions,
  ],
  examples: [
    {
      line: "hookwell quarantine show 42 --raw > body.json",
      says: "for `hookwell doctor signature --body body.json`",
    },
  ],
  run: (input) => withClient(input, (client) => showOne(client, input)),
};

const recheck: Command = {
  name: "recheck",
  summary: "Check all refused requests again, and process those that are genuine now.",
  options: [oneJsonOption, ...apiOptions],
  examples: [
    {
      line: "hookwell secret add sender --stdin && hookwell quarantine recheck",
      says: "after the wrong secret was set",
    },
  ],
  run: (input) => withClient(input, (client) => recheckAll(client, input)),
};

const remove: Command = {
  name: "remove",
  summary: "Remove refused requests for good.",
  arguments: [{ form: "<ids...>", says: "Ids from the list." }],
  options: [jsonOption, ...apiOptions],
  examples: [{ line: "hookwell quarantine remove 41 42", says: "remove two of them" }],
  run: (input) => removeEach(input, path, "id"),
};

export const quarantine: Unlisted = {
  details: "Receivers on other machines keep a quarantine of their own: use these commands there to see it.",
  commands: [list, show, recheck, remove],
};

function columns(io: Io): readonly Column<QuarantineRecord>[] {
  const { palette } = io.stdout;
  return [
    receivedColumn(io),
    { title: "ID", cell: ({ id }) => printable(id), cut: "middle" },
    { title: "KIND", cell: ({ kind }) => kind, paint: palette.warn },
    { title: "SIZE", cell: ({ bytes }) => bytesText(bytes), align: "right" },
    { title: "REASON", cell: ({ reason }) => printable(reason), cut: "end", least: 20 },
  ];
}

async function showOne(client: ApiClient, { args, options, io }: Input): Promise<void> {
  const id = args[0] ?? "";
  if (wantsRaw(options, "hookwell quarantine show"))
    return void io.stdout.write(await refusedBody(client, id));
  const record = await findRefused(client, id);
  if (options.has("json")) return void io.stdout.write(jsonLine(record));
  io.stdout.write(view(record, await refusedBody(client, id), io));
}

function view(record: QuarantineRecord, body: Uint8Array, io: Io): string {
  const { palette } = io.stdout;
  const { bold, dim, warn, key } = palette;
  const row = (label: string, text: string): string => labelRow(label, text, io.stdout);
  const headers = Object.entries(record.headers).map(
    ([name, value]) => `  ${key(printable(name))}${dim(":")} ${printable(value)}`,
  );
  return [
    `${bold(warn(record.kind))}  ${printable(record.reason)}`,
    "",
    row("Id", printable(record.id)),
    row("Received", momentView(record.receivedAt, io)),
    "",
    bold("Headers"),
    ...headers,
    "",
    `${bold("Body")} ${dim(bytesText(body.byteLength))}`,
    bodyView(body, palette),
    "",
  ].join("\n");
}

async function rechecked(client: ApiClient, io: Io): Promise<RecheckResponse> {
  using _left = tellWhatIsLeft(client, io, { one: "refused request", of: ({ quarantine: kept }) => kept });
  return await client.post(`${path}/recheck`);
}

async function recheckAll(client: ApiClient, { options, io }: Input): Promise<void> {
  const answer = await rechecked(client, io);
  if (options.has("json")) return void io.stdout.write(jsonLine(answer));
  const { good, dim } = io.stdout.palette;
  const mark = answer.accepted > 0 ? good("✓") : dim("–");
  io.stdout.write(
    `${mark} ${counted(answer.checked, "request")} checked, ${count(answer.accepted)} genuine now and queued.\n`,
  );
}
