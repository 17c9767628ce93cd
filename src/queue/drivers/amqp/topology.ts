import type { Channel } from "rabbitmq-client";
import { allShards } from "../../driver.ts";
import { type AmqpNames, levelMs, levelPattern, levels, shardKey } from "./names.ts";

/**
 * Of quorum queues, which are replicated and flushed. Without a limit, RabbitMQ 4 drops what was handed out 20 times;
 * "no limit" (-1) is no way out, since then what is given back goes to the end of the queue and not to its place. A
 * policy that sets a length gives a refusal of what is new, and not the loss of what is old.
 */
const safe = {
  "x-queue-type": "quorum",
  "x-delivery-limit": 1_000_000_000,
  "x-overflow": "reject-publish",
} as const;

/**
 * A consumer is handed nothing before the one ahead of it is gone, and all that it held has come back in its place. Else
 * a node of a cluster that comes back after a kill breaks the order: RabbitMQ takes the consumers that were connected to
 * it for alive, until it looks, and what it hands to these comes again behind newer messages.
 */
const oneByOne = { "x-single-active-consumer": true } as const;

/**
 * Makes sure that everything is there; nothing happens to what is there already.
 *
 * @param isOneByOne whether the queues of shards have a single active consumer; the server refuses it if they are there
 *   and that is not so
 */
export async function declareTopology(
  channel: Channel,
  names: AmqpNames,
  isOneByOne: boolean,
): Promise<void> {
  await declareExchanges(channel, names);
  await declareQueues(channel, names, isOneByOne);
  await bindLevels(channel, names);
  for (const shard of allShards) {
    const queue = names.shard(shard);
    await channel.queueBind({ exchange: names.entry, queue, routingKey: shardKey(shard) });
    await channel.exchangeBind({
      source: names.entry,
      destination: names.exchange,
      routingKey: shardKey(shard),
    });
    await channel.queueBind({ exchange: names.back, queue, routingKey: `#.${shard}` });
  }
}

async function declareExchanges(channel: Channel, names: AmqpNames): Promise<void> {
  for (const exchange of names.exchanges) {
    const type = exchange === names.entry ? "direct" : "topic";
    await channel.exchangeDeclare({ exchange, type, durable: true });
  }
}

async function declareQueues(channel: Channel, names: AmqpNames, isOneByOne: boolean): Promise<void> {
  await channel.queueDeclare({ queue: names.members, durable: true, arguments: safe });
  for (const shard of allShards) {
    await channel.queueDeclare({
      queue: names.shard(shard),
      durable: true,
      arguments: { ...safe, ...(isOneByOne && oneByOne) },
    });
  }
  for (const level of levels) {
    const next = {
      "x-message-ttl": levelMs(level),
      "x-dead-letter-exchange": behind(names, level),
      // Leaves a level only when it has arrived in the next one.
      "x-dead-letter-strategy": "at-least-once",
    };
    await channel.queueDeclare({
      queue: names.delay(level),
      durable: true,
      arguments: { ...safe, ...next },
    });
  }
}

/** A message waits in the levels whose bit is 1 in its routing key, from the longest to the shortest. */
async function bindLevels(channel: Channel, names: AmqpNames): Promise<void> {
  for (const level of levels) {
    const exchange = names.delay(level);
    const destination = behind(names, level);
    await channel.queueBind({ exchange, queue: exchange, routingKey: levelPattern(level, true) });
    await channel.exchangeBind({
      source: exchange,
      destination,
      routingKey: levelPattern(level, false),
    });
  }
}

/** The exchange that follows a level. */
const behind = (names: AmqpNames, level: number): string =>
  level === 0 ? names.back : names.delay(level - 1);
