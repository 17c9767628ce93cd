import type { EventRecord } from "../../api/contract.ts";
import { sleep } from "../../lib/async/sleep.ts";
import type { ApiClient } from "./api-client.ts";
import { changeEvents, silenceMs } from "./change-events.ts";
import type { Input } from "../command.ts";
import { TokenError, UsageError } from "../failure.ts";
import { items } from "./pages.ts";

/** Wait before the stream is taken up again, in ms. */
const pauseMs = 1_000;

/** Resolves when there is room for the next one. */
export type Print = (record: EventRecord) => Promise<void>;

/** The server whose events are followed. */
export interface Followed {
  /** The server as it was found first. */
  readonly client: ApiClient;
  /** The one that is there by now, perhaps at another port; undefined if none is. It may fail for now. */
  readonly find: () => Promise<ApiClient | undefined>;
}

/** Reads the stream, and takes it up again where it broke off. */
export async function follow(
  { client: first, find }: Followed,
  input: Input,
  print: Print,
  signal: AbortSignal,
): Promise<void> {
  const { stderr } = input.io;
  const say = (text: string): unknown => stderr.isTTY && stderr.write(`${stderr.palette.dim(text)}\n`);
  const last = input.options.number("last") ?? 10;
  let client = first;
  let lastEventId = "";
  let listed = new Map<string, string>();
  let isFirst = true;
  let connected = false;
  while (!signal.aborted) {
    try {
      if (!isFirst) client = (await find()) ?? client;
      if (isFirst && last > 0) {
        // The list is read after this change and before the stream that goes on from it. So no change is missed between
        // the two, and the stream, which shows each event as it is by then, brings nothing older than the list.
        lastEventId = await newestChange(client, signal);
        listed = await printNewest(client, input, last, print, signal);
      }
      for await (const { id, event, data } of changeEvents(client, query(input), lastEventId, signal)) {
        if (!connected)
          say(isFirst ? `Following ${client.where}; Ctrl-C ends.` : `Connected again: ${client.where}`);
        [connected, isFirst, lastEventId] = [true, false, id];
        if (event !== "event" || data === "") continue;
        const record = JSON.parse(data) as EventRecord;
        if (isNews(listed, record)) await print(record);
      }
    } catch (error) {
      // What the server refuses now, it will refuse again; and after a first connection that failed, there is nothing
      // to wait for.
      const isRefused = error instanceof UsageError || error instanceof TokenError;
      if (!signal.aborted && (isRefused || isFirst)) throw error;
    }
    if (signal.aborted) return;
    if (connected) say("The stream broke off; trying again …");
    connected = false;
    await sleep(pauseMs, signal);
  }
}

const query = ({ options }: Input): Readonly<Record<string, string | undefined>> => ({
  name: options.text("name"),
  entity: options.text("entity"),
  status: options.text("status"),
});

/** The id of the newest change, with which every stream begins. */
async function newestChange(client: ApiClient, signal: AbortSignal): Promise<string> {
  for await (const { id } of changeEvents(client, {}, "", signal)) return id;
  return "";
}

/** @returns how each of them was shown, by its id */
async function printNewest(
  client: ApiClient,
  input: Input,
  last: number,
  print: Print,
  signal: AbortSignal,
): Promise<Map<string, string>> {
  const cut = new AbortController();
  const timer = setTimeout(() => cut.abort(), silenceMs);
  const patient = AbortSignal.any([signal, cut.signal]);
  const listed = items<EventRecord>(client, "/api/v1/events", query(input), last, patient);
  const newest = await Array.fromAsync(listed).finally(() => clearTimeout(timer));
  for (const record of newest.toReversed()) await print(record);
  return new Map(newest.map((record) => [record.eventId, JSON.stringify(record)]));
}

/** Whether an event is not as it was listed: the stream may begin with what is in the list. */
function isNews(listed: Map<string, string>, record: EventRecord): boolean {
  const text = JSON.stringify(record);
  if (listed.get(record.eventId) === text) return false;
  if (listed.has(record.eventId)) listed.set(record.eventId, text);
  return true;
}
