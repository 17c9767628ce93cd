import { apiOptions } from "../client/where.ts";
import type { Command, ExitCode, Input, Option } from "../command.ts";
import { UsageError } from "../failure.ts";
import { oneJsonOption } from "../list-options.ts";
import { openSenderClient } from "../sender/open-sender-client.ts";
import { senderOptions } from "../sender/sender-options.ts";
import { jsonLine } from "../view/json-line.ts";
import { markedLine } from "../view/marked-line.ts";
import { printable } from "../../lib/printable.ts";
import { ownSecret } from "./own-secret.ts";
import { fieldOptions, fieldsOf } from "./webhook-fields.ts";
import { webhookView, withoutSecret } from "./webhook-view.ts";

const ifMatch: Option = {
  flags: "--if-match <etag>",
  says: "Only if this is still its ETag, as `show` prints it.",
  otherwise: "the one that it has now",
};

const id = { form: "<id>", says: "Id from the list." };

export const update: Command = {
  name: "update",
  summary: "Change fields of a registration; the others stay.",
  arguments: [id],
  options: [
    ...fieldOptions,
    { flags: "--secret-name <name>", says: "Sign with this secret; to replace one, use rotate-secret." },
    ifMatch,
    oneJsonOption,
    ...senderOptions,
    ...apiOptions,
  ],
  examples: [
    { line: "hookwell webhooks update 7b1d… --batch 500 --batch-timeout 5", says: "larger requests" },
  ],
  run: updateOne,
};

async function updateOne(input: Input): Promise<ExitCode> {
  const { args, options, io } = input;
  const client = openSenderClient(options, io);
  const secretName = options.text("secretName");
  const secret = secretName === undefined ? undefined : (await ownSecret(secretName, input)).value;
  const fields = { ...(await fieldsOf(input, client)), ...(secret !== undefined && { secret }) };
  if (Object.keys(fields).length === 0)
    throw new UsageError(
      "Nothing is to be changed: give a field, such as --url.",
      "hookwell webhooks update",
    );
  const changed = await client.webhooks.update(args[0] ?? "", fields, {
    ifMatch: etagOf(options.text("ifMatch")),
  });
  if (changed.secret === undefined) {
    const says = "The service shows no secret. If one was set, give it again with --secret-name.";
    io.stderr.write(markedLine(io.stderr.palette.warn("!"), says, io.stderr));
  }
  if (options.has("json")) io.stdout.write(jsonLine(withoutSecret(changed)));
  else io.stdout.write(webhookView(changed, io));
  return 0;
}

export const remove: Command = {
  name: "delete",
  summary: "Delete a registration: nothing is delivered to it any more.",
  arguments: [id],
  options: [ifMatch, oneJsonOption, ...senderOptions],
  run: removeOne,
};

async function removeOne({ args, options, io }: Input): Promise<ExitCode> {
  const { webhooks } = openSenderClient(options, io);
  const webhook = await webhooks.get(args[0] ?? "");
  await webhooks.remove(webhook.id, {
    ifMatch: etagOf(options.text("ifMatch")) ?? webhook.etag ?? undefined,
  });
  if (options.has("json")) io.stdout.write(jsonLine({ id: webhook.id, deleted: true }));
  else {
    const says = `Deleted "${printable(webhook.name)}". Its secret stays on this side: \`hookwell secret list\`.`;
    io.stdout.write(markedLine(io.stdout.palette.good("✓"), says, io.stdout));
  }
  return 0;
}

/** A shell takes quotes away, which an ETag has. */
function etagOf(written: string | undefined): string | undefined {
  return written === undefined || /^(W\/)?"/.test(written) ? written : `"${written}"`;
}
