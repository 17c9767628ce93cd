import type { JetStreamAccountStats, JetStreamManager, StreamInfo } from "@nats-io/jetstream";
import { bytesText, count } from "../../../../lib/amounts.ts";
import { within } from "../../../../lib/async/within.ts";

/** Which share of a limit may be used before people are told. */
const enough = 0.9;

/** How long the server may take to tell of the account, in ms. */
const tellingMs = 1_000;

/**
 * What the account has of the server's disk; undefined if nobody tells. The user may not be allowed to ask, and in a
 * cluster only the leader answers, which may be away: the rest of the report is needed then, too.
 */
export const accountOf = (manager: JetStreamManager): Promise<JetStreamAccountStats | undefined> =>
  within(
    tellingMs,
    manager.getAccountInfo().catch(() => undefined),
  );

/** Warnings about limits that are nearly reached, before an event is refused. A server does not tell its own ones. */
export function roomWarnings(
  { config, state }: StreamInfo,
  account: JetStreamAccountStats | undefined,
): readonly string[] {
  const { name, max_msgs: mostMessages, max_bytes: mostBytes, num_replicas: copies } = config;
  const { storage = 0, limits } = account?.tiers?.[`R${copies}`] ?? account ?? {};
  const mostStorage = limits?.max_storage ?? -1;
  const told = (limit: string, [used, most, text]: Room, cure: string): readonly string[] =>
    // 0 and -1: there is no limit.
    most > 0 && used >= most * enough
      ? [
          `${limit} is ${text(most)}, of which ${Math.floor((used / most) * 100)} % are used: once it is full, events are refused. Let workers catch up, or raise ${cure}.`,
        ]
      : [];
  return [
    ...told(`max_msgs of ${name}`, [state.messages, mostMessages, count], "max_msgs of the stream"),
    ...told(`max_bytes of ${name}`, [state.bytes, mostBytes, bytesText], "max_bytes of the stream"),
    ...told("max_storage of the account", [storage, mostStorage, bytesText], "max_store of the account"),
  ];
}

/** How much is used, how much may be, and how to write it. */
type Room = readonly [used: number, most: number, text: (amount: number) => string];
