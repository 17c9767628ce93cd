import type { NatsConnection } from "@nats-io/transport-node";
import { QueueUnavailableError } from "../../../errors.ts";
import { sleep } from "../../../lib/sleep.ts";
import { placeOf } from "./attempts.ts";
import type { NatsInbox } from "./inbox.ts";
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
  /** Those that did not answer to the end, and may have handed to us what did not arrive. */
  readonly lost: readonly NatsShard[];
  /** Why nothing came, if not for want of messages. */
  readonly failure: Error | undefined;
}

export interface RoundOptions {
  readonly stream: string;
  readonly inbox: NatsInbox;
  /** Waits so long until there is a message, in ms, and takes none; 0: takes what is there. */
  readonly waitMs: number;
  readonly signal: AbortSignal;
}

/** How long a server may take to say that it has nothing, in ms. */
const answerMs = 4_000;
/** How long what is on its way may take when nobody wants more, in ms. */
const stoppedMs = 1_000;

/**
 * Asks several consumers at once. When it resolves nothing is handed any more to a process that does not wait for it, but
 * by those that are lost. In a cluster a consumer may be on another server than the one at our line, and would go on
 * handing out for a moment after we have stopped. So whoever waits has room for no message, and is only told
 * that there is one; and questions to which there may be messages are answered to the end.
 */
export async function pullRound(
  connection: NatsConnection,
  asks: readonly Ask[],
  { stream, inbox, waitMs, signal }: RoundOptions,
): Promise<Round> {
  const left = new Map(asks.map(({ shard, batch }) => [shard.consumer, batch]));
  const shards = new Map(asks.map(({ shard }) => [shard.consumer, shard]));
  const pulled: Pulled[] = [];
  const [full, empty]: [NatsShard[], NatsShard[]] = [[], []];
  let [isStale, isThere] = [false, false];
  let failure: Error | undefined;
  const end = new AbortController();
  const ended = AbortSignal.any([end.signal, signal]);
  const answered = ({ consumer }: NatsShard): void => {
    left.delete(consumer);
    if (left.size === 0 || isThere) end.abort();
  };
  using round = inbox.open(connection, {
    take: (message) => {
      const { consumer } = placeOf(message.reply ?? "");
      const [shard, asked] = [shards.get(consumer), left.get(consumer)];
      if (shard === undefined || asked === undefined) return false;
      pulled.push({ shard, message });
      left.set(consumer, asked - 1);
      if (asked > 1) return true;
      full.push(shard);
      answered(shard);
      return true;
    },
    note: (consumer, { headers }) => {
      const shard = shards.get(consumer);
      if (shard === undefined) return;
      const [code, description] = [headers?.code ?? 0, headers?.description ?? ""];
      isStale ||= code === 503 || (code === 409 && /deleted/i.test(description));
      isThere ||= code === 409 && /maxbytes/i.test(description);
      if (code === 404 || code === 408) empty.push(shard);
      answered(shard);
    },
    fail: (error) => {
      failure = error;
      end.abort();
    },
  });
  for (const [consumer, batch] of left) {
    const how =
      waitMs > 0 ? { batch, max_bytes: 1, expires: Math.ceil(waitMs) * 1e6 } : { batch, no_wait: true };
    const subject = `$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`;
    connection.publish(subject, JSON.stringify(how), { reply: round.replyTo(consumer) });
  }
  await sleep(waitMs + answerMs, ended);
  if (waitMs === 0 && signal.aborted) await sleep(stoppedMs, end.signal);
  const isSilent = !ended.aborted && pulled.length === 0;
  const unanswered = asks.flatMap(({ shard }) => (left.has(shard.consumer) ? shard : []));
  if (isSilent) failure ??= new QueueUnavailableError("NATS cannot hand out messages: no answer in time");
  return {
    pulled,
    full,
    empty,
    isStale,
    lost: waitMs > 0 ? [] : unanswered,
    failure: pulled.length === 0 ? failure : undefined,
  };
}
