import type { RedisClient } from "./client.ts";
import { isMemoryFull } from "./refusal.ts";
import { redisScript, type RedisScript, runScript } from "./script.ts";

/** Makes the groups, and so finds out whether the user may do what is needed. */
const openScript: RedisScript = redisScript(/* lua */ `
for _, stream in ipairs(KEYS) do
  local made = redis.pcall('XGROUP', 'CREATE', stream, group, '0', 'MKSTREAM')
  if made.err and not string.find(made.err, 'BUSYGROUP') then return redis.error_reply(made.err) end
end
redis.call('PUBLISH', ARGV[1], '')
return 1`);

/** Makes what is missing; rejects if this server does not take writes, or not from this user. */
export async function openStreams(
  client: RedisClient,
  streams: readonly string[],
  channel: string,
): Promise<void> {
  try {
    await runScript(client, openScript, streams, [channel]);
  } catch (error) {
    // A server whose memory is full still hands out what it has, and so becomes emptier.
    if (!isMemoryFull(error)) throw error;
  }
}
