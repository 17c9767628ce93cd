import type { RedisClient } from "./client.ts";
import { keysOf } from "./names.ts";
import { redisScript, type RedisScript, runScript } from "./script.ts";

/** Does all that scripts do with a sorted set and a hash, but in a way that changes nothing. */
const tryScript: RedisScript = redisScript(/* lua */ `
begin()
redis.call('HSET', KEYS[3], '', 0)
redis.call('HINCRBY', KEYS[3], '', 0)
redis.call('HDEL', KEYS[3], '')
redis.call('HEXISTS', KEYS[3], '')
redis.call('ZADD', KEYS[2], 'XX', 0, '')
redis.call('ZREM', KEYS[2], '')
redis.call('ZRANGEBYSCORE', KEYS[2], now(), lastOf(KEYS[3], leases))
return 1`);

/** Rejects if this user may not hand out messages, so that this is found at the start and not by each hand-out. */
export async function assertRights(client: RedisClient, prefix: string): Promise<void> {
  await runScript(client, tryScript, keysOf(prefix, [0]), []);
}
