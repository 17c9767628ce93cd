import { NotMadeError } from "../../../lib/not-made.ts";
import type { RedisClient } from "./client.ts";
import { channelOf, streamsOf } from "./names.ts";
import { isMemoryFull } from "./refusal.ts";
import { reportOf } from "./report.ts";
import { redisScript, type RedisScript, runScript } from "./script.ts";
import type { RedisPlace } from "./url.ts";

/**
 * Makes the groups, which shows whether the user may do what is needed; and the streams, if ARGV[2] says so. Gives how
 * many streams are there.
 */
const openScript: RedisScript = redisScript(/* lua */ `
local there = #KEYS
for _, stream in ipairs(KEYS) do
  local command = { 'XGROUP', 'CREATE', stream, group, '0' }
  if ARGV[2] == 'make' then command[6] = 'MKSTREAM' end
  local made = redis.pcall(unpack(command))
  if made.err and string.find(made.err, 'requires the key to exist') then
    there = there - 1
  elseif made.err and not string.find(made.err, 'BUSYGROUP') then
    return redis.error_reply(made.err)
  end
end
redis.call('PUBLISH', ARGV[1], '')
return there`);

/**
 * Makes what is missing; rejects if this server does not take writes, or not from this user.
 *
 * @param isLook true to make no streams
 * @throws {NotMadeError} if it is true and there are none
 */
export async function openStreams(client: RedisClient, place: RedisPlace, isLook: boolean): Promise<void> {
  const { prefix } = place;
  try {
    const args = [channelOf(prefix), isLook ? "look" : "make"];
    if ((await runScript(client, openScript, streamsOf(prefix), args)) !== 0) return;
  } catch (error) {
    // A server whose memory is full still hands out what it has, and so becomes emptier.
    if (isMemoryFull(error)) return;
    throw error;
  }
  throw new NotMadeError({
    part: "queue",
    shown: place.shown,
    place: `of the name ${prefix.slice(1, -1)}`,
    check: "database and ?name=",
    report: await reportOf(client, place),
  });
}
