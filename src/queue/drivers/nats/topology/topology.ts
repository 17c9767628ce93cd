import type { ConsumerInfo, JetStreamManager } from "@nats-io/jetstream";
import { allShards } from "../../../driver.ts";
import { addConsumer, removeConsumer } from "./consumers.ts";
import { type NatsShard, natsShard } from "./shard.ts";
import { attemptsOf, declareStreams, incarnationOf, type NatsPlan } from "./streams.ts";
import { readTakeovers, writeTakeovers } from "./takeovers.ts";

/** Declares what is not there: the streams, and a consumer for each shard. Several processes may do so at once. */
export async function declare(manager: JetStreamManager, plan: NatsPlan): Promise<NatsShard[]> {
  const { name } = plan;
  const info = await declareStreams(manager, plan);
  const incarnation = incarnationOf(info);
  const consumers = await Array.fromAsync(manager.consumers.list(name), (consumer) => consumer.name);
  const shards = allShards.map(async (index): Promise<NatsShard> => {
    const { shard } = await readTakeovers(manager, attemptsOf(name), { incarnation, index });
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
 * In a cluster of three, a consumer that was to be led by a server that hangs is there after 4 to 5 s; others take less
 * than one. So whoever tries again waits for the one that was begun: another would be as likely to take so long.
 *
 * @param shard as it is known; its consumer may have been asked
 * @param begun what this process has begun and not ended; kept up to date
 * @returns the shard as it is now: without room to write this down, as its last owner had it
 */
export async function takeOver(
  manager: JetStreamManager,
  plan: NatsPlan,
  shard: Pick<NatsShard, "index" | "incarnation" | "consumer">,
  begun: Begun,
): Promise<NatsShard> {
  const attempts = attemptsOf(plan.name);
  const { index } = shard;
  const { number, shard: last } = await readTakeovers(manager, attempts, shard);
  const isBegun = begun.get(index) === number && last.consumer !== shard.consumer;
  const next = isBegun ? last : takenFrom(last, await manager.consumers.info(plan.name, last.consumer));
  // Written first: whoever finds no consumer makes the one that this names.
  const written = isBegun ? number : await writeTakeovers(manager, attempts, next, number);
  // If not, what is held comes again only when its lease ends.
  if (written === undefined) return last;
  begun.set(index, written);
  const { consumer: old } = natsShard({ ...next, generation: next.generation - 1 });
  await removeConsumer(manager, plan.name, old);
  await addConsumer(manager, plan, next);
  begun.delete(index);
  return next;
}

/** Shards whose new consumers may not be there yet, by their indexes, each with the number of what is written of it. */
export type Begun = Map<number, number>;

/** The shard with its next consumer. @param info of its last one */
function takenFrom(last: NatsShard, { delivered, ack_floor: floor }: ConsumerInfo): NatsShard {
  // All messages below the floor are gone, so takeovers up to there no longer matter.
  const all = [...last.takeovers, delivered.stream_seq];
  const takeovers = all.filter((sequence) => sequence > floor.stream_seq).slice(-1_000);
  return natsShard({ ...last, takeovers, generation: last.generation + 1 });
}
