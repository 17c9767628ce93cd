import { allShards, type Delivery, type RetryOptions } from "../../driver.ts";
import type { RedisClient } from "./client.ts";
import { channelOf, keysOf } from "./names.ts";
import { placeOf } from "./receipt.ts";
import { redisScript, type RedisScript, runScript } from "./script.ts";

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
  local time = delay > 0 and now() + delay or 0
  if isEarly then
    time = time + tooEarly
    noteEnd(KEYS[3], earlyWaits, math.ceil(time))
  end
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
    noteEnd(KEYS[key + 3], leases, leased)
  end
end
return 1`);

/** How many messages a script forgets at once; a list of arguments in Lua is limited. */
const mostAtOnce = 1_000;

/** Tells the server what became of messages that a consumer was handed. */
export class RedisAnswers {
  readonly #prefix: string;
  readonly #channel: string;
  readonly #allKeys: readonly string[];
  readonly #me: string;
  readonly #leaseMs: string;

  constructor(prefix: string, me: string, leaseMs: number) {
    this.#prefix = prefix;
    this.#channel = channelOf(prefix);
    this.#allKeys = keysOf(prefix, allShards);
    this.#me = me;
    this.#leaseMs = String(leaseMs);
  }

  async ack(client: RedisClient, deliveries: readonly Delivery[]): Promise<void> {
    const acks: Promise<unknown>[] = [];
    for (let from = 0; from < deliveries.length; from += mostAtOnce) {
      acks.push(this.#ack(client, deliveries.slice(from, from + mostAtOnce)));
    }
    await Promise.all(acks);
  }

  async retry(client: RedisClient, delivery: Delivery, { delayMs, attempt }: RetryOptions): Promise<void> {
    const [shard, id] = placeOf(delivery.receipt);
    const args = [id, this.#markOf(delivery), String(delayMs), String(attempt), this.#channel];
    await runScript(client, retryScript, keysOf(this.#prefix, [shard]), args);
  }

  async extend(client: RedisClient, deliveries: readonly Delivery[]): Promise<void> {
    const args = [this.#leaseMs];
    for (const delivery of deliveries) {
      const [shard, id] = placeOf(delivery.receipt);
      args.push(String(shard), id, this.#markOf(delivery));
    }
    await runScript(client, extendScript, this.#allKeys, args);
  }

  async #ack(client: RedisClient, deliveries: readonly Delivery[]): Promise<void> {
    const byShard = new Map<number, string[]>();
    for (const { receipt } of deliveries) {
      const [shard, id] = placeOf(receipt);
      const ids = byShard.get(shard);
      if (ids === undefined) byShard.set(shard, [id]);
      else ids.push(id);
    }
    const args: string[] = [];
    for (const ids of byShard.values()) args.push(String(ids.length), ...ids);
    await runScript(client, ackScript, keysOf(this.#prefix, [...byShard.keys()]), args);
  }

  /** What the server has noted of a message for as long as this hand-out is the newest. */
  #markOf({ attempt }: Delivery): string {
    return `${attempt}:${this.#me}`;
  }
}
