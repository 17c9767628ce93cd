import type { SenderClient, WebhookInput } from "../../client/index.ts";
import { text, wholeNumber, type Parser } from "../../config/parsers.ts";
import { webUrl } from "../../lib/web-url.ts";
import type { Input, Option, Options } from "../command.ts";
import { UsageError } from "../failure.ts";
import { markedLine } from "../view/marked-line.ts";
import { filterOf, strangers, subscriptionsOf } from "./subscriptions.ts";

const target: Parser<string> = (raw) =>
  webUrl(raw) === undefined
    ? { expected: "the http(s) URL that receives, without a login in it" }
    : { value: String(raw) };

/** What a registration has; `create` and `update` take it. */
export const fieldOptions: readonly Option[] = [
  { flags: "--url <url>", says: "URL that receives.", parse: target },
  {
    flags: "--name <name>",
    says: "Name of the registration; a new one has the host of --url by default.",
    parse: text("some text"),
  },
  {
    flags: "--events <names>",
    says: "Event names, or patterns such as message.*, with commas between; patterns stand for what the account offers.",
    repeats: true,
  },
  { flags: "--filter <name=value>", says: "Only events with this, such as channel=sms.", repeats: true },
  {
    flags: "--batch <n>",
    says: "Up to so many events in one request, from 1 to 500; 0 for one event a request.",
    parse: wholeNumber(0, 500),
  },
  {
    flags: "--batch-timeout <s>",
    says: "How long an event waits for its batch at most, in seconds from 1 to 60.",
    parse: wholeNumber(1, 60),
  },
];

/**
 * The fields that were given; an event that the account does not offer is told on standard error. The account's events are asked for only if some were named.
 *
 * @throws {UsageError} if they do not go together
 */
export async function fieldsOf({ options, io }: Input, client: SenderClient): Promise<Partial<WebhookInput>> {
  const names = options.texts("events").flatMap((list) => list.split(",").map((name) => name.trim()));
  const filters = options.texts("filter").map(filterOf);
  if (names.length === 0 && filters.length > 0)
    throw new UsageError("--filter needs --events: name the events that it is for.");
  const available = names.length === 0 ? [] : await client.webhooks.availableEvents();
  const subscriptions = names.length === 0 ? undefined : subscriptionsOf(names, filters, available);
  for (const says of strangers(subscriptions ?? [], available))
    io.stderr.write(markedLine(io.stderr.palette.warn("!"), says, io.stderr));
  const [url, name] = [options.text("url"), options.text("name")];
  return {
    ...(url !== undefined && { url }),
    ...(name !== undefined && { name }),
    ...(subscriptions !== undefined && { subscriptions }),
    ...batchOf(options),
  };
}

function batchOf(options: Options): Partial<WebhookInput> {
  const [size, timeout] = [options.number("batch"), options.number("batchTimeout")];
  if (size === 0) {
    if (timeout !== undefined)
      throw new UsageError("--batch-timeout says nothing beside --batch 0: leave one out.");
    return { batch: false };
  }
  return {
    ...((size !== undefined || timeout !== undefined) && { batch: true }),
    ...(size !== undefined && { maxBatchSize: size }),
    ...(timeout !== undefined && { batchTimeout: timeout }),
  };
}
