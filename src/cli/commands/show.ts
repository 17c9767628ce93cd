import type { EntityResponse, EventDetail } from "../../api/contract.ts";
import type { ApiClient } from "../client/api-client.ts";
import { openClient } from "../client/open-client.ts";
import { apiOptions } from "../client/where.ts";
import type { ExitCode, Input, Unlisted } from "../command.ts";
import { completeId } from "../client/complete-id.ts";
import { entityView, isCut } from "../view/entity-view.ts";
import { eventView } from "../view/event-view.ts";
import { NotFoundError, UsageError } from "../failure.ts";
import { printable, printableJson } from "../../lib/printable.ts";
import { oneJsonOption } from "../list-options.ts";
import { asOption, repeatEntity, repeatEvent, repeatForm, type RepeatForm } from "./show-as.ts";
import { wantsRaw } from "../wants-raw.ts";

export const show: Unlisted = {
  options: [
    { flags: "--raw", says: "Only the body of the event, as exact bytes." },
    oneJsonOption,
    asOption,
    ...apiOptions,
  ],
  examples: [
    { line: "hookwell show 5c4d0c1e-93a8-4f5e-9d53-1a2b3c4d5e6f", says: "one event" },
    {
      line: "hookwell show message:7b1d9e04-5c3f-4c9a-9b1e-2f6d8a7c0e55",
      says: "what happened to one message",
    },
    {
      line: "hookwell show 5c4d0c1e-93a8-4f5e-9d53-1a2b3c4d5e6f --raw > event.json",
      says: "the bytes as received",
    },
    {
      line: "hookwell show message:7b1d9e04-… --as test > my.test.ts",
      says: "a test case that repeats what happened",
    },
  ],
  run,
};

async function run(input: Input): Promise<ExitCode> {
  const { args, options, io } = input;
  const isRaw = wantsRaw(options, "hookwell show");
  const form = repeatForm(options);
  await using client = await openClient(options, io);
  const id = await completeId(client, args[0] ?? "");
  // Entities have a colon; should the id of an event have one too, it is found all the same.
  const isEntity = id.includes(":") && !isRaw;
  const ways: readonly Show[] =
    form === undefined ? [showEvent, showEntity] : [repeat(repeatEvent, form), repeat(repeatEntity, form)];
  for (const show of isEntity ? ways.toReversed() : ways) {
    if (await ifFound(show(client, id, input))) return 0;
  }
  throw new NotFoundError(
    `No event or entity has the id ${id}. It may still wait in the queue, or be older than what is kept.`,
  );
}

type Show = (client: ApiClient, id: string, input: Input) => Promise<void>;

const repeat =
  (textOf: typeof repeatEvent, form: RepeatForm): Show =>
  async (client, id, { io }) =>
    void io.stdout.write(await textOf(client, id, form));

async function showEvent(client: ApiClient, id: string, { options, io }: Input): Promise<void> {
  const path = `/api/v1/events/${encodeURIComponent(id)}`;
  if (options.has("raw")) return void io.stdout.write(await client.bytes(`${path}/body`));
  if (options.has("json")) return void io.stdout.write(await jsonAt(client, path));
  const [event, body] = await Promise.all([client.get<EventDetail>(path), client.bytes(`${path}/body`)]);
  io.stdout.write(eventView(event, body, io));
}

async function showEntity(client: ApiClient, entity: string, { options, io }: Input): Promise<void> {
  const path = `/api/v1/entities/${encodeURIComponent(entity)}`;
  if (options.has("json")) return void io.stdout.write(await jsonAt(client, path));
  const found = await client.get<EntityResponse>(path);
  if (options.has("raw"))
    throw new UsageError("--raw prints the body of one event: name an event.", "hookwell show");
  io.stdout.write(entityView(found, io));
  const more = `There may be more: hookwell events --entity ${printable(found.entity)}`;
  if (isCut(found)) io.stderr.write(`${io.stderr.palette.dim(more)}\n`);
}

/** Never parsed, for numbers in a body would lose digits. */
const jsonAt = async (client: ApiClient, path: string): Promise<string> =>
  `${printableJson((await client.text(path)).trim())}\n`;

async function ifFound(work: Promise<void>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (error) {
    if (error instanceof NotFoundError) return false;
    throw error;
  }
}
