import type { NatsShard } from "./shard.ts";
import type { JetStreamManager } from "@nats-io/jetstream";
import { QueueUnavailableError } from "../../../errors.ts";
import { sleep } from "../../../lib/sleep.ts";
import { within } from "../../../lib/within.ts";
import { allShards } from "../../driver.ts";
import { apiCodeOf, apiErrors } from "./errors.ts";
import { attemptsOf, declareStreams, incarnationOf, type NatsPlan } from "./streams.ts";
import { readTakeovers, writeTakeovers } from "./takeovers.ts";

/** How long a consumer may take to be there, or gone, in ms. */
const changingMs = 3_000;
/** After how long without an answer, and how long after a refusal, a change is asked for once more, in ms. */
const [silenceMs, againMs] = [1_000, 100];

/** Declares what is not there: the streams, and a consumer for each shard. Several processes may do so at once. */
export async function declare(manager: JetStreamManager, plan: NatsPlan): Promise<NatsShard[]> {
  const { name } = plan;
  const info = await declareStreams(manager, plan);
  const incarnation = incarnationOf(info);
  const consumers = await Array.fromAsync(manager.consumers.list(name), (consumer) => consumer.name);
  const shards = allShards.map(async (index): Promise<NatsShard> => {
    const known = await readTakeovers(manager, attemptsOf(name), { incarnation, index });
    const shard = shardOf(index, incarnation, known);
    // It stays, with the lease of the owner that made it.
    if (consumers.includes(shard.consumer)) return shard;
    // Two consumers cannot share a shard, so one that is left of an older generation goes.
    const old = consumers.filter((each) => each.startsWith(`${index}-`));
    for (const each of old) await removeConsumer(manager, name, each);
    await addConsumer(manager, plan, shard);
    return shard;
  });
  return Promise.all(shards);
}

/**
 * Takes a shard from its last owner: a new consumer hands out again, in order, all that is not acknowledged. The old
 * consumer would hand out messages in the order in which they were given back: those that one owner gave back and the
 * next did not get to, before those that this next owner gave back. Also, a server that hung may still read a question
 * of the last owner, and hand to it what is older than what we are handed.
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
  // All messages below the floor are gone, so takeovers up to there no longer matter.
  const all = [...last.takeovers, info.delivered.stream_seq];
  const takeovers = all.filter((sequence) => sequence > info.ack_floor.stream_seq).slice(-1_000);
  const next = shardOf(index, incarnation, { takeovers, generation: last.generation + 1 });
  // Written first: whoever finds no consumer makes the one that this names.
  const isWritten = await writeTakeovers(manager, attempts, next, number);
  // If not, what is held comes again only when its lease ends.
  if (!isWritten) return last;
  await removeConsumer(manager, plan.name, last.consumer);
  await addConsumer(manager, plan, next);
  return next;
}

/** The name of a consumer has its generation, so that an answer to an older one never hits a message of a newer one. */
function shardOf(
  index: number,
  incarnation: string,
  known: Pick<NatsShard, "generation" | "takeovers">,
): NatsShard {
  const { generation, takeovers } = known;
  return { index, incarnation, generation, takeovers, consumer: `${index}-${incarnation}-${generation}` };
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
 * Repeats a change until it is done. Each server of a cluster removes and makes consumers by itself. A server that is
 * behind still has the old consumer, and therefore refuses the new one; and some changes are made without an answer to
 * us.
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
