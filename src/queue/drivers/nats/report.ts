import type { JetStreamAccountStats, PeerInfo, StreamInfo } from "@nats-io/jetstream";
import type { ServerInfo } from "@nats-io/transport-node";
import type { EngineReport } from "../../../lib/engines/engine-report.ts";
import { bytesText } from "../../../lib/amounts.ts";
import { span } from "../../../lib/times.ts";
import { forgetfulness } from "./topology/forgetfulness.ts";
import { roomWarnings } from "./topology/room.ts";
import { copiesOf } from "./topology/streams.ts";

const mostEvents = 16 * 1024 * 1024;
/** Servers of a cluster hear of each other every second; one that is silent for longer is away. In ms. */
const silentMs = 5_000;

export interface NatsFacts {
  /** What the server says of itself. */
  readonly server: Pick<ServerInfo, "version" | "max_payload"> | undefined;
  /** The stream of the events; undefined if there is none yet. */
  readonly stream: StreamInfo | undefined;
  /** The account of the user; undefined if the user may not ask for it. */
  readonly account?: JetStreamAccountStats | undefined;
  /** How many replicas the stream gets that the first start makes. */
  readonly replicas?: number;
}

/** What is promised on this server, and what an operator ought to change. */
export function natsReport(facts: NatsFacts): EngineReport {
  const { server, stream, account, replicas: asked = 1 } = facts;
  const { version = "", max_payload: maxPayload = 0 } = server ?? {};
  const replicas = stream === undefined ? asked : copiesOf(stream);
  const forgets = stream && forgetfulness(stream);
  const isSingle = replicas < 2;
  // A server that lost what it had not flushed, and one that never had it, can be a majority without it.
  const durability = isSingle
    ? "In a file of one NATS server before each answer: survives a crash and kill -9 of the server, and a power cut only with sync_interval: always; not the loss of the disk."
    : `In files of most of ${replicas} NATS servers before each answer: survives a crash, a power cut and the loss of the disk of fewer than half of them while the others have all events; a power cut while they lag behind, only with sync_interval: always.`;
  const warnings: string[] = [];
  if (forgets !== undefined) warnings.push(`${stream?.config.name} is ${forgets}.`);
  warnings.push(...awayWarnings(stream));
  if (stream !== undefined) warnings.push(...roomWarnings(stream, account));
  warnings.push(...sizeWarnings(maxPayload, stream));
  if (isSingle) {
    warnings.push(
      "The stream has one copy, and NATS does not report its sync_interval (2 minutes by default): a power cut may lose the events of that time. Set sync_interval: always in the jetstream block.",
    );
  }
  return { engine: `NATS ${version} (JetStream)`, durability, warnings };
}

/** Warnings about limits below the size that an event of the sender may have. */
function sizeWarnings(maxPayload: number, stream: StreamInfo | undefined): readonly string[] {
  const { name, max_msg_size: ofStream = -1 } = stream?.config ?? {};
  const low = (limit: string, bytes: number, cure: string): readonly string[] =>
    bytes < mostEvents
      ? [
          `${limit} is ${bytesText(bytes)}: a larger event can never be queued and is refused each time it comes. ${cure}`,
        ]
      : [];
  return [
    ...low("max_payload", maxPayload, "Set max_payload: 16MB in the server's configuration."),
    // -1: the stream has no limit.
    ...low(`max_msg_size of ${name}`, ofStream < 0 ? Infinity : ofStream, "Set it to 16MB or to -1."),
  ];
}

/** Warnings about servers that have a copy and are away, as far as the leading server knows. */
function awayWarnings(stream: StreamInfo | undefined): readonly string[] {
  const others = stream?.cluster?.replicas ?? [];
  return others.flatMap((copy) => {
    const ms = silenceOf(copy, stream);
    if (!copy.offline && ms < silentMs) return [];
    return `${copy.name}, which has a copy of the stream, has been silent for ${span(ms)}. Start it: with no more than half of the ${others.length + 1} copies nothing is taken or handed out.`;
  });
}

/**
 * For how long the leading server has not heard of a copy, in ms. NATS 2.15 calls one active of which it has heard
 * nothing at all, so that one has been silent since it leads.
 */
function silenceOf({ current, active }: PeerInfo, stream: StreamInfo | undefined): number {
  const since = stream?.cluster?.leader_since;
  if (current || active > 0 || stream?.ts === undefined || since === undefined) return active / 1e6;
  return Date.parse(stream.ts) - Date.parse(since);
}
