import type { SenderClient, WebhookInput } from "../../client/index.ts";
import type { Secret } from "../../event/signature.ts";
import { apiOptions } from "../client/where.ts";
import type { Command, ExitCode, Input } from "../command.ts";
import { UsageError } from "../failure.ts";
import { oneJsonOption } from "../list-options.ts";
import { openSenderClient } from "../sender/open-sender-client.ts";
import { senderOptions } from "../sender/sender-options.ts";
import { interruption } from "../signals.ts";
import { jsonLine } from "../view/json-line.ts";
import { markedLine } from "../view/marked-line.ts";
import { ownSecret, storeNewSecret, untilNoticed } from "./own-secret.ts";
import { flagWords, type Unfinished, unfinishedError, unfinishedText } from "./unfinished.ts";
import { fieldOptions, fieldsOf } from "./webhook-fields.ts";
import { webhookView, withoutSecret } from "./webhook-view.ts";

const path = "hookwell webhooks create";

export const create: Command = {
  name: "create",
  summary: "Register a URL for events; deliveries begin at once.",
  details:
    "With --generate-secret, a new secret is stored in the data folder first, then running servers have to notice it, and only then it is registered: no delivery comes before its secret.",
  options: [
    ...fieldOptions,
    { flags: "--secret-name <name>", says: "Sign with this secret of the data folder or the settings." },
    {
      flags: "--generate-secret",
      says: "Sign with a new secret, stored in the data folder under --secret-name, or else a name made from --name.",
    },
    oneJsonOption,
    ...senderOptions,
    ...apiOptions,
  ],
  examples: [
    {
      line: "hookwell webhooks create --url $URL --events 'message.*' --generate-secret",
      says: "the same secret on both sides",
    },
  ],
  run: createOne,
};

async function createOne(input: Input): Promise<ExitCode> {
  const { options, io } = input;
  const client = openSenderClient(options, io);
  const url = options.text("url");
  if (url === undefined || options.texts("events").length === 0)
    throw new UsageError("--url and --events are needed.", path);
  const name = options.text("name") ?? new URL(url).hostname;
  // Asks the service, so that wrong credentials are told before anything is stored.
  const fields: WebhookInput = { ...(await fieldsOf(input, client)), url, name };
  if (options.has("generateSecret")) return createWithNewSecret(fields, client, input);
  const secretName = options.text("secretName");
  if (secretName !== undefined) return register(fields, await ownSecret(secretName, input), client, input);
  const { warn } = io.stderr.palette;
  const says =
    "No secret is registered: Hookwell refuses what is not signed. --generate-secret or --secret-name sets one.";
  io.stderr.write(markedLine(warn("!"), says, io.stderr));
  return register(fields, undefined, client, input);
}

async function createWithNewSecret(
  fields: WebhookInput,
  client: SenderClient,
  input: Input,
): Promise<ExitCode> {
  const { options, io } = input;
  const secret = await storeNewSecret(options.text("secretName") ?? secretNameFrom(fields.name), input);
  const unfinished = { secret: secret.name, finish: finishing(secret.name, input) } satisfies Unfinished;
  using interrupted = interruption(io.signals);
  try {
    await untilNoticed(secret.name, input, interrupted.signal);
    if (!interrupted.signal.aborted) return await register(fields, secret, client, input);
  } catch (error) {
    throw unfinishedError(error, unfinished);
  }
  io.stderr.write(markedLine(io.stderr.palette.warn("!"), unfinishedText(unfinished), io.stderr));
  return interrupted.code();
}

async function register(
  fields: WebhookInput,
  secret: Secret | undefined,
  client: SenderClient,
  { options, io }: Input,
): Promise<ExitCode> {
  const webhook = await client.webhooks.create({
    ...fields,
    ...(secret !== undefined && { secret: secret.value }),
  });
  const known = { ...webhook, ...(secret !== undefined && { secret: secret.value }) };
  if (options.has("json")) {
    io.stdout.write(jsonLine({ ...withoutSecret(known), secretName: secret?.name ?? null }));
    return 0;
  }
  const signed = secret === undefined ? "" : `, signed with the secret "${secret.name}"`;
  io.stderr.write(markedLine(io.stderr.palette.good("✓"), `Registered${signed}.`, io.stderr));
  io.stdout.write(webhookView(known, io));
  return 0;
}

/** `My orders!` → `my-orders` */
function secretNameFrom(name: string): string {
  const words = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "");
  return words.slice(0, 32) || "webhook";
}

/** The same call with the secret that is there now. */
const finishing = (secretName: string, { options }: Input): readonly string[] => [
  ...path.split(" "),
  ...flagWords({
    "--url": options.text("url"),
    "--name": options.text("name"),
    "--events": options.texts("events"),
    "--filter": options.texts("filter"),
    "--batch": options.number("batch"),
    "--batch-timeout": options.number("batchTimeout"),
    "--secret-name": secretName,
    "--api": options.text("api"),
    "--data": options.text("data"),
    "--config": options.text("config"),
  }),
];
