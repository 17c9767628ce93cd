import { allShards, type Delivery, type RetryOptions } from "../../driver.ts";
import type { RedisClient } from "./connection/client.ts";
import { channelOf, keysOf, partsOf } from "./names.ts";
import { mostAtOnce, redisScript, type RedisScript, runScript } from "./scripts/script.ts";

/** Forgets messages: for each shard, ARGV has their number and their ids. */
const ackScript: RedisScript = redisScript(/* lua */ `
local at = 1
for key = 1, #KEYS, 3 do
  local ids, places, notes = {}, {}, {}
  for index = 1, tonumber(ARGV[at]) do
    ids[index] = ARGV[at + index]
    places[index] = placeOf(ids[index])
    notes[index] = noteOf(ids[index])
  end
  at = at + #ids + 1
  redis.call('XACK', KEYS[key], group, unpack(ids))
  redis.call('XDEL', KEYS[key], unpack(ids))
  redis.call('ZREM', KEYS[key + 1], unpack(places))
  redis.call('HDEL', KEYS[key + 2], unpack(ids))
  redis.call('HDEL', KEYS[key + 2], unpack(notes))
end
return 1`);

/** If the message ARGV[1] is still held as ARGV[2] says, it comes again after ARGV[3] ms with attempt ARGV[4]. */
const retryScript: RedisScript = redisScript(/* lua */ `
local id, delay = ARGV[1], tonumber(ARGV[3])
if redis.call('HGET', KEYS[3], id) ~= ARGV[2] then return 0 end
begin()
redis.call('HSET', KEYS[3], id, ARGV[4] .. ':')
local isEarly = tonumber(ARGV[4]) == read(ARGV[2])
if isEarly and delay <= 0 then
  free(KEYS[2], KEYS[3], placeOf(id), id)
else
  local time = delay > 0 and now() + delay + (isEarly and 0 or retryBand) or 0
  redis.call('ZADD', KEYS[2], time, placeOf(id))
end
redis.call('PUBLISH', ARGV[5], '')
return 1`);

/** Begins leases of ARGV[1] ms anew: ARGV has the shard, the id and the expected holder of each. */
const extendScript: RedisScript = redisScript(/* lua */ `
local leased = now() + tonumber(ARGV[1])
begin()
for at = 2, #ARGV, 3 do
  local key = tonumber(ARGV[at]) * 3
  if redis.call('HGET', KEYS[key + 3], ARGV[at + 1]) == ARGV[at + 2] then
    redis.call('ZADD', KEYS[key + 2], leased, placeOf(ARGV[at + 1]))
  end
end
return 1`);

/** Whose messages they are. */
export interface RedisConsumer {
  /** Begins the keys of its queue. */
  readonly prefix: string;
  readonly me: string;
  readonly leaseMs: number;
}

/** Forgets messages that a consumer was handed. */
export async function acknowledge(
  client: RedisClient,
  { prefix }: RedisConsumer,
  deliveries: readonly Delivery[],
): Promise<void> {
  const acks: Promise<unknown>[] = [];
  for (let from = 0; from < deliveries.length; from += mostAtOnce) {
    const some = deliveries.slice(from, from + mostAtOnce).map(({ receipt }) => partsOf(receipt));
    const byShard = Map.groupBy(some, ([shard]) => shard);
    const args = [...byShard.values()].flatMap((places) => [
      String(places.length),
      ...places.map(([, id]) => id),
    ]);
    acks.push(runScript(client, ackScript, keysOf(prefix, [...byShard.keys()]), args));
  }
  await Promise.all(acks);
}

export async function retryLater(
  client: RedisClient,
  { prefix, me }: RedisConsumer,
  delivery: Delivery,
  { delayMs, attempt }: RetryOptions,
): Promise<void> {
  const [shard, id] = partsOf(delivery.receipt);
  const args = [id, markOf(delivery, me), String(delayMs), String(attempt), channelOf(prefix)];
  await runScript(client, retryScript, keysOf(prefix, [shard]), args);
}

export async function extendLeases(
  client: RedisClient,
  { prefix, me, leaseMs }: RedisConsumer,
  deliveries: readonly Delivery[],
): Promise<void> {
  const leases = deliveries.flatMap((delivery) => {
    const [shard, id] = partsOf(delivery.receipt);
    return [String(shard), id, markOf(delivery, me)];
  });
  await runScript(client, extendScript, keysOf(prefix, allShards), [String(leaseMs), ...leases]);
}

/** What the server has noted of a message for as long as this hand-out is the newest. */
const markOf = ({ attempt }: Delivery, me: string): string => `${attempt}:${me}`;
