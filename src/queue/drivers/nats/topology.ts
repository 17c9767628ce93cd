import type { NatsShard } from "./shard.ts";
import type { JetStreamManager, StreamInfo } from "@nats-io/jetstream";
import { ConfigError, QueueUnavailableError } from "../../../errors.ts";
import { sleep } from "../../../lib/sleep.ts";
import { within } from "../../../lib/within.ts";
import { allShards } from "../../driver.ts";
import { apiCodeOf, apiErrors } from "./errors.ts";
import { readTakeovers, writeTakeovers } from "./takeovers.ts";

export interface NatsPlan {
  /** The name of the stream, and the first token of its subjects. */
  readonly name: string;
  /** Undefined: as the stream has it, 1 for a new one. */
  readonly replicas: number | undefined;
  readonly leaseMs: number;
  /** The server, for people. */
  readonly shown: string;
  /** The streams that are there are left as they are. */
  readonly isLook: boolean;
}

export interface NatsTopology {
  /** By their numbers. */
  readonly shards: NatsShard[];
}

/** How long a consumer may take to be there, or gone; after which silence it is asked for once more, and after which pause; in ms. */
const [changingMs, silenceMs, againMs] = [3_000, 1_000, 100];

/** Names a stream among those of its name that were deleted. */
export const incarnationOf = ({ created }: StreamInfo): string => Date.parse(created).toString(36);

export const attemptsOf = (name: string): string => `${name}-attempts`;

/** Declares what is not there: the streams, and a consumer for each shard. Several processes may do so at once. */
export async function declare(manager: JetStreamManager, plan: NatsPlan): Promise<NatsTopology> {
  const { name } = plan;
  const info = await declareStreams(manager, plan);
  const incarnation = incarnationOf(info);
  const consumers = await listConsumers(manager, name);
  const shards = allShards.map(async (index): Promise<NatsShard> => {
    const shard = shardOf(
      index,
      incarnation,
      await readTakeovers(manager, attemptsOf(name), { incarnation, index }),
    );
    const lease = consumers.get(shard.consumer);
    if (lease === plan.leaseMs * 1e6) return shard;
    if (lease !== undefined) {
      await manager.consumers.update(name, shard.consumer, { ack_wait: plan.leaseMs * 1e6 });
      return shard;
    }
    // Two consumers may not share a shard, and one of an older generation is left over.
    const old = [...consumers.keys()].filter((each) => each.startsWith(`${index}-`));
    for (const each of old) await removeConsumer(manager, name, each);
    await addConsumer(manager, plan, shard);
    return shard;
  });
  return { shards: await Promise.all(shards) };
}

/** How many servers have a stream, whatever it asks for: one server alone keeps one copy and says nothing. */
export const copiesOf = ({ cluster }: StreamInfo): number => 1 + (cluster?.replicas?.length ?? 0);

/**
 * Takes a shard from its last owner: a new consumer hands out again, in order, all that is not acknowledged. The old one
 * would hand out what was given back in the order of its coming back: what one owner gave back, and the next one did not
 * get to, before what that one gave back. And a server that hung may still read a question of his, and hand to him what
 * is older than what we are handed.
 *
 * @returns the shard as it is now: without room to write this down, as its last owner had it
 */
export async function takeOver(
  manager: JetStreamManager,
  plan: NatsPlan,
  { index, incarnation }: Pick<NatsShard, "index" | "incarnation">,
): Promise<NatsShard> {
  const attempts = attemptsOf(plan.name);
  const { number, ...known } = await readTakeovers(manager, attempts, { index, incarnation });
  const last = shardOf(index, incarnation, known);
  const info = await manager.consumers.info(plan.name, last.consumer);
  // Those below the floor are all gone, so nobody asks for them any more.
  const all = [...last.takeovers, info.delivered.stream_seq];
  const takeovers = all.filter((sequence) => sequence > info.ack_floor.stream_seq).slice(-1_000);
  const next = shardOf(index, incarnation, { takeovers, generation: last.generation + 1 });
  // Written first: whoever finds no consumer makes the one that is written here.
  const isWritten = await writeTakeovers(manager, attempts, next, number);
  // Then what is held comes only when its lease ends.
  if (!isWritten) return last;
  await removeConsumer(manager, plan.name, last.consumer);
  await addConsumer(manager, plan, next);
  return next;
}

/** The name of a consumer says whose it is, so that an answer to an older one never hits a newer one's message. */
function shardOf(
  index: number,
  incarnation: string,
  known: Pick<NatsShard, "generation" | "takeovers">,
): NatsShard {
  const { generation, takeovers } = known;
  return { index, incarnation, generation, takeovers, consumer: `${index}-${incarnation}-${generation}` };
}

async function declareStreams(manager: JetStreamManager, plan: NatsPlan): Promise<StreamInfo> {
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
  // One after the other: of two at once, a server may let in more than the limit of the account.
  const info = await declareStream(manager, events, isLook);
  await declareStream(manager, attempts, isLook);
  if (info.config.retention !== "workqueue") {
    throw new ConfigError([
      `HOOKWELL_QUEUE (--queue) names ${name}, a stream that something else uses: write another ?name=.`,
    ]);
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
    // It would take the number and keep one copy all the same.
    if (replicas > 1 && plan.num_replicas !== undefined && info.cluster?.name === undefined)
      throw noCluster(replicas);
    if (isLook || replicas === info.config.num_replicas) return info;
    return await manager.streams.update(plan.name, { num_replicas: replicas });
  } catch (error) {
    if (apiCodeOf(error) !== apiErrors.streamNotFound) throw error;
    return manager.streams.add(plan).catch((refused: unknown) => {
      throw apiCodeOf(refused) === apiErrors.noCluster ? noCluster(plan.num_replicas ?? 1) : refused;
    });
  }
}

export const noCluster = (replicas: number): ConfigError =>
  new ConfigError([
    `HOOKWELL_QUEUE (--queue) has ?replicas=${replicas}, but its NATS server is in no cluster: write none, or name a cluster.`,
  ]);

/** The lease of each consumer in ns, by its name. */
async function listConsumers(
  manager: JetStreamManager,
  stream: string,
): Promise<ReadonlyMap<string, number>> {
  const consumers = new Map<string, number>();
  for await (const { name, config } of manager.consumers.list(stream)) {
    consumers.set(name, config.ack_wait ?? 0);
  }
  return consumers;
}

async function addConsumer(manager: JetStreamManager, plan: NatsPlan, shard: NatsShard): Promise<void> {
  await insist(() =>
    manager.consumers.add(plan.name, {
      durable_name: shard.consumer,
      filter_subject: `${plan.name}.${shard.index}.>`,
      deliver_policy: "all",
      ack_policy: "explicit",
      ack_wait: plan.leaseMs * 1e6,
      max_deliver: -1,
      // What is delayed counts too, and must not hold back the others.
      max_ack_pending: -1,
    }),
  );
}

async function removeConsumer(manager: JetStreamManager, stream: string, consumer: string): Promise<void> {
  try {
    await insist(() => manager.consumers.delete(stream, consumer));
  } catch (error) {
    if (apiCodeOf(error) !== apiErrors.consumerNotFound) throw error;
  }
}

/**
 * Each server of a cluster removes and makes consumers by itself. One that is behind still has the old one, and refuses the
 * new one for that; and then some is done that nobody tells us of.
 */
async function insist(change: () => Promise<unknown>): Promise<void> {
  for (const until = performance.now() + changingMs; performance.now() < until; await sleep(againMs)) {
    try {
      if ((await within(silenceMs, change())) !== undefined) return;
    } catch (error) {
      if (apiCodeOf(error) !== apiErrors.consumerNotUnique) throw error;
    }
  }
  throw new QueueUnavailableError("NATS does not change its consumers in time.");
}
