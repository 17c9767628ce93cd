import type { EventDetail, EventRecord } from "../../api/contract.ts";
import { oneOf } from "../../config/parsers.ts";
import { mostItems } from "../../ledger/ledger.ts";
import type { ApiClient } from "../client/api-client.ts";
import { items } from "../client/pages.ts";
import type { Option, Options } from "../command.ts";
import { NotFoundError, UsageError } from "../failure.ts";
import { asCurl } from "../view/as-curl.ts";
import { asTest } from "../view/as-test.ts";
import type { ReceivedEvent } from "../view/received-event.ts";

const names = ["curl", "test"] as const;
export type RepeatForm = (typeof names)[number];

const inForm = (form: RepeatForm, what: string, events: readonly ReceivedEvent[]): string =>
  form === "curl" ? asCurl(events) : asTest(what, events);

export const asOption: Option = {
  flags: "--as <form>",
  says: "What repeats it: curl, a shell script that posts it again, or test, a test case that delivers it to your handlers.",
  parse: oneOf(names),
};

/**
 * In which form it is wanted, if in one that repeats it.
 *
 * @throws {UsageError} if another form is wanted, too
 */
export function repeatForm(options: Options): RepeatForm | undefined {
  const form = names.find((name) => name === options.text("as"));
  const other = ["raw", "json"].find((name) => options.has(name));
  if (form === undefined || other === undefined) return form;
  throw new UsageError(`--as and --${other} exclude each other: choose one.`, "hookwell show");
}

/** What repeats one event. */
export async function repeatEvent(client: ApiClient, eventId: string, form: RepeatForm): Promise<string> {
  const event = await client.get<EventDetail>(`/api/v1/events/${encodeURIComponent(eventId)}`);
  return inForm(form, eventId, [await withBody(client, event)]);
}

/**
 * What repeats the events of an entity, in the order in which they were received; the newest 1,000 if there are more.
 *
 * @throws {NotFoundError} if there are none
 */
export async function repeatEntity(client: ApiClient, entity: string, form: RepeatForm): Promise<string> {
  const found = await Array.fromAsync(items<EventRecord>(client, "/api/v1/events", { entity }, mostItems));
  if (found.length === 0) throw new NotFoundError(`There are no events of ${entity}.`);
  const events: ReceivedEvent[] = [];
  for (const event of found.toReversed()) events.push(await withBody(client, event));
  return inForm(form, entity, events);
}

async function withBody(client: ApiClient, event: EventRecord): Promise<ReceivedEvent> {
  const body = await client.bytes(`/api/v1/events/${encodeURIComponent(event.eventId)}/body`);
  return { event, body };
}
