import type { Channel } from "rabbitmq-client";
import { allShards } from "../../../driver.ts";
import { askAll, type Step } from "../connection/channels.ts";
import { type AmqpNames, levelMs, levelPattern, levels, shardKey } from "./names.ts";

/**
 * Settings of quorum queues, which are replicated and flushed. Without a delivery limit, RabbitMQ 4 drops what was
 * handed out 20 times; "no limit" (-1) is no way out, since then what is given back goes to the end of the queue and
 * not to its place. If a policy sets a length, new messages are refused instead of old ones lost.
 */
const safe = {
  "x-queue-type": "quorum",
  "x-delivery-limit": 1_000_000_000,
  "x-overflow": "reject-publish",
} as const;

/**
 * A consumer is handed nothing until the one before it is gone and all that it held is back in its place. Otherwise, a
 * node of a cluster that comes back after a kill breaks the order: RabbitMQ takes the consumers that were connected to
 * it for alive until it checks, and what it hands to them comes again behind newer messages. When a node is gone,
 * RabbitMQ 4.3 waits for its consumers, by default for a minute; earlier versions do not wait, and ignore this setting.
 */
const oneByOne = { "x-single-active-consumer": true, "x-consumer-disconnected-timeout": 1_000 } as const;

/**
 * Makes what is missing; what is there already stays as it is, and is refused by the server if it has other settings.
 *
 * @param channels that share the work
 */
export async function declareTopology(channels: readonly Channel[], names: AmqpNames): Promise<void> {
  const all = queues(names);
  // If the server refuses the first queue, it gets none of the others: whoever takes another name leaves none behind.
  const begin = [...exchanges(names), ...all.slice(0, 1)];
  for (const steps of [begin, all.slice(1), bindings(names)]) await askAll(channels, steps);
}

const exchanges = (names: AmqpNames): readonly Step[] =>
  names.exchanges.map((exchange) => {
    const type = exchange === names.entry ? "direct" : "topic";
    return (channel) => channel.exchangeDeclare({ exchange, type, durable: true });
  });

const queue =
  (name: string, settings = {}): Step =>
  (channel) =>
    channel.queueDeclare({ queue: name, durable: true, arguments: { ...safe, ...settings } });

const queues = (names: AmqpNames): readonly Step[] => [
  ...allShards.map((shard) => queue(names.shard(shard), oneByOne)),
  queue(names.members),
  ...levels.map((level) => queue(names.delay(level), delaying(names, level))),
];

const delaying = (names: AmqpNames, level: number): Readonly<Record<string, unknown>> => ({
  "x-message-ttl": levelMs(level),
  "x-dead-letter-exchange": behind(names, level),
  // A message leaves a level only when it has arrived in the next one.
  "x-dead-letter-strategy": "at-least-once",
});

const bindings = (names: AmqpNames): readonly Step[] => [
  ...levels.flatMap((level) => bindingsOfLevel(names, level)),
  ...allShards.flatMap((shard) => bindingsOfShard(names, shard)),
];

/** A message waits in the levels whose bit is 1 in its routing key, from the longest to the shortest. */
function bindingsOfLevel(names: AmqpNames, level: number): readonly Step[] {
  const exchange = names.delay(level);
  const destination = behind(names, level);
  const [stays, passes] = [levelPattern(level, true), levelPattern(level, false)];
  return [
    (channel) => channel.queueBind({ exchange, queue: exchange, routingKey: stays }),
    (channel) => channel.exchangeBind({ source: exchange, destination, routingKey: passes }),
  ];
}

function bindingsOfShard(names: AmqpNames, shard: number): readonly Step[] {
  const queue = names.shard(shard);
  const [source, destination, routingKey] = [names.entry, names.exchange, shardKey(shard)];
  return [
    (channel) => channel.queueBind({ exchange: source, queue, routingKey }),
    (channel) => channel.exchangeBind({ source, destination, routingKey }),
    (channel) => channel.queueBind({ exchange: names.back, queue, routingKey: `#.${shard}` }),
  ];
}

/** The exchange behind a level. */
const behind = (names: AmqpNames, level: number): string =>
  level === 0 ? names.back : names.delay(level - 1);
