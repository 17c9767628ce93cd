import type { Msg, NatsConnection, Subscription } from "@nats-io/transport-node";
import { QueueUnavailableError } from "../../../errors.ts";
import { sleep } from "../../../lib/sleep.ts";
import { within } from "../../../lib/within.ts";
import { placeOf } from "./attempts.ts";
import type { NatsMessage } from "./message.ts";
import type { NatsShard } from "./shard.ts";

/** How many messages to ask of a shard. */
export interface Ask {
  readonly shard: NatsShard;
  readonly batch: number;
}

export interface Pulled {
  readonly shard: NatsShard;
  readonly message: NatsMessage;
}

export interface Round {
  readonly pulled: readonly Pulled[];
  /** Those that gave all that was asked, and may have more. */
  readonly full: readonly NatsShard[];
  /** Those that said that they have nothing more. */
  readonly empty: readonly NatsShard[];
  /** A consumer is not there any more. */
  readonly isStale: boolean;
  /** Those that may have handed to us what did not arrive. */
  readonly lost: readonly NatsShard[];
  /** Why nothing came, if not for want of messages. */
  readonly failure: Error | undefined;
}

export interface RoundOptions {
  readonly stream: string;
  readonly inbox: string;
  /** Waits so long for the first message, in ms; 0: takes what is there. */
  readonly waitMs: number;
  readonly signal: AbortSignal;
}

/** How long a server may take to say that it has nothing, in ms. */
const answerMs = 4_000;

/**
 * Asks several consumers at once. When it resolves no question is left open, so nothing is handed to a process that
 * does not wait for it; but for those that are lost.
 */
export async function pullRound(
  connection: NatsConnection,
  asks: readonly Ask[],
  { stream, inbox, waitMs, signal }: RoundOptions,
): Promise<Round> {
  const left = new Map(asks.map(({ shard, batch }) => [shard.index, batch]));
  const byIndex = new Map(asks.map(({ shard }) => [shard.index, shard]));
  const pulled: Pulled[] = [];
  const [full, empty]: [NatsShard[], NatsShard[]] = [[], []];
  let isStale = false;
  let failure: Error | undefined;
  const end = new AbortController();
  const ended = AbortSignal.any([end.signal, signal]);
  const callback = (error: Error | null, message: Msg): void => {
    if (error !== null) {
      failure = error;
      return end.abort();
    }
    const code = statusOf(message);
    const index = code === 0 ? shardIn(message) : Number(message.subject.slice(inbox.length + 1));
    const shard = byIndex.get(index);
    if (shard === undefined) return;
    if (code !== 0) {
      isStale ||= code === 503 || (code === 409 && /deleted/i.test(message.headers?.description ?? ""));
      if (code === 404 || code === 408) empty.push(shard);
      left.delete(index);
    } else {
      pulled.push({ shard, message });
      const more = (left.get(index) ?? 0) - 1;
      left.set(index, more);
      if (more === 0) {
        full.push(shard);
        left.delete(index);
      }
    }
    if (left.size === 0 || (waitMs > 0 && pulled.length > 0)) end.abort();
  };
  const line = lineOf(connection);
  const subscription = connection.subscribe(`${inbox}.*`, { callback });
  for (const { shard, batch } of asks) {
    const how = waitMs > 0 ? { batch, expires: Math.ceil(waitMs) * 1e6 } : { batch, no_wait: true };
    const subject = `$JS.API.CONSUMER.MSG.NEXT.${stream}.${shard.consumer}`;
    connection.publish(subject, JSON.stringify(how), { reply: `${inbox}.${shard.index}` });
  }
  await sleep(waitMs + answerMs, ended);
  const isSilent = !ended.aborted && pulled.length === 0;
  let isWhole = true;
  if (left.size === 0) subscription.unsubscribe();
  // What is on its way arrives before the server has answered to the end of the subscription.
  else isWhole = (await within(answerMs, drained(subscription))) === true && line === lineOf(connection);
  const lost = isWhole ? [] : asks.flatMap(({ shard }) => (left.has(shard.index) ? shard : []));
  if (isSilent) failure ??= new QueueUnavailableError("NATS cannot hand out messages: no answer in time");
  return { pulled, full, empty, isStale, lost, failure: pulled.length === 0 ? failure : undefined };
}

/** Another each time that the client has connected; the subscriptions are told to the server anew then. */
const lineOf = ({ info }: NatsConnection): string | undefined =>
  info === undefined ? undefined : `${info.server_id} ${info.client_id}`;

async function drained(subscription: Subscription): Promise<boolean> {
  try {
    await subscription.drain();
    return true;
  } catch {
    return false;
  }
}

/** The number of a message that is only a notice of the server; 0 for a real one. */
function statusOf({ data, headers }: Msg): number {
  return data.length === 0 ? (headers?.code ?? 0) : 0;
}

/** A real message comes with the subject that it was sent to, but names its consumer. */
const shardIn = ({ reply = "" }: Msg): number => Number.parseInt(placeOf(reply).consumer, 10);
