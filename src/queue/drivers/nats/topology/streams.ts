import type { JetStreamManager, StreamInfo } from "@nats-io/jetstream";
import type { ConfigError } from "../../../../errors.ts";
import { queueUrlError } from "../../../../lib/engines/engine-url.ts";
import { allShards } from "../../../driver.ts";
import { isApiError } from "../errors.ts";

export interface NatsPlan {
  /** The name of the stream, and the first token of its subjects. */
  readonly name: string;
  /** Undefined: as many as the stream has; 1 for a new one. */
  readonly replicas: number | undefined;
  /** The domain of JetStream; undefined: that of the server. */
  readonly domain?: string | undefined;
  readonly leaseMs: number;
  /** The server, for people. */
  readonly shown: string;
  /** True if the streams are left as they are. */
  readonly isLook: boolean;
}

/** Tells a stream from deleted ones with the same name. */
export const incarnationOf = ({ created }: StreamInfo): string => Date.parse(created).toString(36);

/** What time it is for the server that said this, in ms since 1970. */
export const serverNow = ({ ts }: StreamInfo): number => (ts === undefined ? Date.now() : Date.parse(ts));

export const attemptsOf = (name: string): string => `${name}-attempts`;

/** How many servers have a stream, whatever it asks for: a single server keeps one copy and does not say so. */
export const copiesOf = ({ cluster }: StreamInfo): number => 1 + (cluster?.replicas?.length ?? 0);

/** Makes the streams that are missing; gives the stream of the events as it is then. */
export async function declareStreams(manager: JetStreamManager, plan: NatsPlan): Promise<StreamInfo> {
  const { name, replicas, isLook } = plan;
  const copies = replicas === undefined ? {} : { num_replicas: replicas };
  const events: StreamPlan = {
    name,
    description: "Hookwell: events that wait for their handlers",
    subjects: allShards.map((shard) => `${name}.${shard}.>`),
    storage: "file",
    retention: "workqueue",
    discard: "new",
    duplicate_window: 120 * 1e9,
    republish: { src: `${name}.*.>`, dest: `${name}-events.>` },
    ...copies,
  };
  const attempts: StreamPlan = {
    name: attemptsOf(name),
    description: "Hookwell: how often events were tried",
    subjects: [`${attemptsOf(name)}.>`],
    storage: "file",
    max_msgs_per_subject: 1,
    ...copies,
  };
  // One after the other: if two are made at once, a server may exceed the limit of the account.
  const info = await declareStream(manager, events, isLook);
  await declareStream(manager, attempts, isLook);
  if (info.config.retention !== "workqueue") {
    throw queueUrlError(`names ${name}, a stream that something else uses: write another ?name=`);
  }
  return info;
}

type StreamPlan = Parameters<JetStreamManager["streams"]["add"]>[0];

async function declareStream(
  manager: JetStreamManager,
  plan: StreamPlan,
  isLook: boolean,
): Promise<StreamInfo> {
  try {
    const info = await manager.streams.info(plan.name);
    const replicas = plan.num_replicas ?? info.config.num_replicas;
    // A single server would accept the number and still keep one copy.
    if (replicas > 1 && plan.num_replicas !== undefined && info.cluster?.name === undefined)
      throw noCluster(replicas);
    if (isLook || replicas === info.config.num_replicas) return info;
    return await manager.streams.update(plan.name, { num_replicas: replicas });
  } catch (error) {
    if (!isApiError(error, "streamNotFound")) throw error;
    return manager.streams.add(plan).catch((refused: unknown) => {
      throw whyNotAdded(refused, plan);
    });
  }
}

function whyNotAdded(refused: unknown, { name, num_replicas: replicas = 1 }: StreamPlan): unknown {
  if (isApiError(refused, "noCluster")) return noCluster(replicas);
  if (!isApiError(refused, "subjectsTaken")) return refused;
  return queueUrlError(
    `has subjects that another stream takes: leave ${name}.> out of that stream, or write another ?name=`,
    refused,
  );
}

export const noCluster = (replicas: number): ConfigError =>
  queueUrlError(
    `has ?replicas=${replicas}, but its NATS server is in no cluster: write none, or name a cluster`,
  );
