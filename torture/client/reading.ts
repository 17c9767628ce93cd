import { once } from "node:events";
import { get, type Agent, type IncomingMessage } from "node:http";
import { buffer } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { clientOf, testToken, type Client, type WholeStats } from "../../test/support/program/client.ts";
import { hashOf } from "../../test/support/program/journaling.ts";
import { connections } from "./attempt.ts";
import { notRead, type Stored, type Unread, type Violation } from "../oracle/facts.ts";

/** How often to ask again, in ms. */
const everyMs = 50;
/** How many readings in a row must say that nothing is left. */
const stillReads = 8;
/** Bodies that are asked for at the same time. */
const atOnce = 8;

/**
 * Everything that the ledger has, by its lists and its statistics. What changes while it is read, such as by a retention
 * that is not done yet, is read again.
 *
 * @param withBytes events whose bytes are read too
 * @param withinMs how long to try: the process may be between two lives
 * @returns why not, if it never lives for long enough
 */
export async function readStored(
  api: string,
  withBytes: (eventId: string) => boolean,
  withinMs: number,
): Promise<Stored | Unread> {
  const end = performance.now() + withinMs;
  for (;;) {
    try {
      return await readOnce(api, withBytes);
    } catch (error) {
      if (performance.now() > end) return { why: String(error) };
      await sleep(everyMs);
    }
  }
}

async function readOnce(api: string, withBytes: (eventId: string) => boolean): Promise<Stored> {
  const client = clientOf(api);
  const { events: before } = await client.stats();
  const records = [...(await client.events()).values()];
  const hashes = new Map<string, string>();
  const wanted = records.map(({ eventId }) => eventId).filter(withBytes);
  const agent = connections(atOnce);
  const reader = async (): Promise<void> => {
    for (let eventId = wanted.pop(); eventId !== undefined; eventId = wanted.pop()) {
      hashes.set(eventId, await hashOfBody(api, eventId, agent));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, reader));
  agent.destroy();
  const events = records.map(
    ({ eventId, status }) => [eventId, { status, hash: hashes.get(eventId) }] as const,
  );
  const { events: counted } = await client.stats();
  // What is listed and then forgotten has no bytes any more.
  if (!isDeepStrictEqual(before, counted)) throw new Error("the ledger changed while it was read");
  return { events: new Map(events), counted };
}

/** Reads the bytes of an event. If it is listed but has none, it gets a hash that nothing has. */
async function hashOfBody(api: string, eventId: string, agent: Agent): Promise<string> {
  const url = new URL(`/api/v1/events/${encodeURIComponent(eventId)}/body`, api);
  // Not by `fetch`, which takes five times as long for so small an answer.
  const call = get(url, { agent, headers: { authorization: `Bearer ${testToken}` } });
  const [response] = (await once(call, "response")) as [IncomingMessage];
  const body = await buffer(response);
  return response.statusCode === 200 ? hashOf(body) : `${notRead}${response.statusCode}`;
}

/** Waits until receivers have forwarded everything, the queue is empty and no event is unsettled. */
export async function untilSettled(
  api: string,
  receivers: readonly string[],
  withinMs: number,
): Promise<readonly Violation[]> {
  const client = clientOf(api);
  const end = performance.now() + withinMs;
  let last = "nobody answers";
  let still = 0;
  while (performance.now() < end) {
    const spilled = await Promise.all(receivers.map(spilledAt));
    const stats = await statsOf(client);
    if (spilled.some((count) => count !== 0)) last = `receivers have ${spilled.join(" and ")} to forward`;
    else if (stats !== undefined) {
      const { queue, events } = stats;
      // For a moment, servers do not count what is on its way from one place to another.
      still = queue.depth + events.pending + events.retrying === 0 ? still + 1 : 0;
      if (still === stillReads) return [];
      last = `${queue.depth} wait, ${events.pending} are pending, ${events.retrying} are retrying`;
    }
    await sleep(everyMs);
  }
  return [{ rule: "settles", text: `Not everything is settled after ${withinMs / 1_000} s: ${last}.` }];
}

/** What a receiver keeps until the server of the queue takes it; undefined while nobody answers. */
async function spilledAt(receiver: string): Promise<number | undefined> {
  try {
    const page = await (await fetch(new URL("/metrics", receiver))).text();
    const found = /^hookwell_queue_spilled_messages (\d+)$/m.exec(page)?.[1];
    return found === undefined ? undefined : Number(found);
  } catch {
    return undefined;
  }
}

/** Undefined while nobody answers: the process may be between two lives. */
async function statsOf(client: Client): Promise<WholeStats | undefined> {
  try {
    return await client.stats();
  } catch {
    return undefined;
  }
}
