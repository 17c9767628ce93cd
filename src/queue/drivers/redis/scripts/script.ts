import { createHash } from "node:crypto";
import type { RedisClient, RedisCommandOptions } from "../connection/client.ts";
import { isError } from "../../../../lib/is-error.ts";

/** A step on the server that nothing can interrupt. */
export interface RedisScript {
  readonly text: string;
  readonly sha: string;
}

/** How many messages a script hands out or forgets at once; a list of arguments in Lua is limited. */
export const mostAtOnce = 1_000;
/** About how many messages a script makes due; with very many, the server would do nothing else for long. */
export const mostMadeDue = 5_000;

/** The group of every stream; tools show it. */
const redisGroup = "hookwell";

/**
 * Each shard has three keys, always given in this order: the stream of its messages; a sorted set of all that was
 * handed out and is not gone, whose scores say when it may be handed out again; and a hash of the same messages with
 * `attempt:holder`, the attempt being that of the hand-out or, if nobody holds the message, of the next one. In the
 * sorted set the id of an entry has leading zeros, so that those with one score are in order of sending.
 *
 * A score below 0 means that a message may be handed out now, in its place. That place comes from its id, so it is the
 * same whoever had the message and gave it back. But a message that had failed and was handed out again has its place
 * behind all that had been handed out by then: the hash has a note of that under `>id`, and counts these notes under
 * `#`. A score of 0, behind all these, means that it failed and may be tried again.
 *
 * A score above 0 is the time until which a message is leased or, if it was only handed out too early, waits for the
 * consumer that sent it back; both end when the shard changes hands. What has failed and waits for its retry has that
 * time and 2 ^ 51 as its score: there may be very many of these, and nobody who looks for the others is to look at them.
 */
const common = /* lua */ `
local group = '${redisGroup}'
local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
local function placeOf(id)
  local ms, number = string.match(id, '^(%d+)%-(%d+)$')
  return string.format('%014.0f-%010.0f', ms, number)
end
local function idOf(place)
  local ms, number = string.match(place, '^0*(%d+)%-0*(%d+)$')
  return ms .. '-' .. number
end
local function read(mark)
  local attempt, holder = string.match(mark, '^(%d+):(.*)$')
  return tonumber(attempt), holder
end
local function noteOf(id) return '>' .. id end
-- What has no note is in order by itself; what has one is before that in the set, and put in its place when it is handed out.
local inPlace, retryBand = -1, 2 ^ 51
-- Tostring would round it.
local beforeRetries = string.format('(%.0f', retryBand)
local function free(due, state, place, id)
  local note = redis.call('HGET', state, noteOf(id))
  redis.call('ZADD', due, note and string.match(note, '%d+$') - 2 ^ 52 or inPlace, place)
end
-- Ends a lease, which was an attempt, or the wait of what was handed out too early.
local function release(due, state, place)
  local id = idOf(place)
  local attempt, holder = read(redis.call('HGET', state, id) or '1:')
  if holder ~= '' then redis.call('HSET', state, id, (attempt + 1) .. ':') end
  free(due, state, place, id)
end
-- What somebody has, or was handed out too early and waits.
local function heldOf(due, last, most)
  return redis.call('ZRANGEBYSCORE', due, '(0', last, 'LIMIT', 0, most)
end
-- A server whose memory is full refuses the first write of a script if that needs memory, but not those that follow.
local function begin() redis.call('HDEL', KEYS[3], '') end
-- The newest message that was handed out for the first time.
local function newest(stream)
  for _, about in ipairs(redis.pcall('XINFO', 'GROUPS', stream)) do
    local fields = {}
    for at = 1, #about, 2 do fields[about[at]] = about[at + 1] end
    if fields['name'] == group then return fields['last-delivered-id'] end
  end
  return '0-0'
end
-- How much was found to be deleted: streams, and messages that are known from the hash.
local deleted = 0
-- A group that is lost begins at the first message again; what is handed out or delayed is known from the hash.
local function grouped(stream, ...)
  local reply = redis.pcall(...)
  if type(reply) ~= 'table' or not reply.err then return reply end
  if not string.find(reply.err, 'NOGROUP') then return error(reply) end
  -- Says whether the stream is there, too: an empty one has lost nothing.
  if redis.pcall('XINFO', 'GROUPS', stream).err then deleted = deleted + 1 end
  redis.call('XGROUP', 'CREATE', stream, group, '0', 'MKSTREAM')
  return redis.call(...)
end
`;

/** Runs a script; if the server does not know it (any more), it is sent first. */
export async function runScript(
  client: RedisClient,
  { sha, text }: RedisScript,
  keys: readonly string[],
  args: readonly string[],
  options?: RedisCommandOptions,
): Promise<unknown> {
  const rest = [String(keys.length), ...keys, ...args];
  try {
    return await client.sendCommand(["EVALSHA", sha, ...rest], options);
  } catch (error) {
    if (!(isError(error) && error.message.startsWith("NOSCRIPT"))) throw error;
    return client.sendCommand(["EVAL", text, ...rest], options);
  }
}

/** @param body the step, which may use what all of them share */
export function redisScript(body: string): RedisScript {
  const text = common + body;
  return { text, sha: createHash("sha1").update(text).digest("hex") };
}
