import type { RedisClient } from "./connection/client.ts";
import { keysOf } from "./names.ts";
import { redisScript, type RedisScript } from "./scripts/script.ts";

/** Does all that a driver does with the keys of a shard, but in a way that changes nothing. */
const tryScript: RedisScript = redisScript(/* lua */ `
begin()
redis.call('HSET', KEYS[3], '', 0)
redis.call('HINCRBY', KEYS[3], '', 0)
redis.call('HDEL', KEYS[3], '')
redis.call('HEXISTS', KEYS[3], '')
redis.call('ZADD', KEYS[2], 'XX', 0, '')
redis.call('ZREM', KEYS[2], '')
redis.call('HGET', KEYS[3], '')
redis.call('ZRANGEBYSCORE', KEYS[2], 0, now())
local stream = KEYS[1]
redis.call('XLEN', stream)
redis.call('XRANGE', stream, '+', '-')
redis.call('XDEL', stream, '0-0')
redis.call('XACK', stream, group, '0-0')
-- The server looks at the rights first, and refuses these for another reason.
local function try(...)
  local said = (redis.pcall(...) or {}).err
  if said and (string.find(said, 'no permissions') or string.find(said, 'user executing')) then error(said) end
end
try('XADD', stream, 'NOMKSTREAM', '0-0', '', '')
try('XCLAIM', stream, '', '', 0, '0-0')
try('XREADGROUP', 'GROUP', '', '', 'STREAMS', stream, '>')
try('XPENDING', stream, '')
try('XINFO', 'GROUPS', stream)
return 1`);

/**
 * Rejects if this user may not use the queue, so that this is found at the start and not by each hand-out. Sends the text
 * of the script, since whoever may run only known ones is lost once the server has forgotten them.
 */
export async function assertRights(client: RedisClient, prefix: string): Promise<void> {
  const keys = keysOf(prefix, [0]);
  await client.sendCommand(["EVAL", tryScript.text, String(keys.length), ...keys]);
  const transaction = client.multi();
  transaction.addCommand(["XLEN", keys[0] ?? ""]);
  await transaction.exec();
}
