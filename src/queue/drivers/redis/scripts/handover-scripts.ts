import { mostMadeDue, redisScript, type RedisScript } from "./script.ts";

/**
 * Makes what ARGV[2] holds due now, with the same attempt. Of the receipts that follow, those with a `+` get one
 * attempt more, and those without are left as they are. The channel is ARGV[1].
 */
export const giveBackScript: RedisScript = redisScript(/* lua */ `
local me, named, freed = ARGV[2], {}, 0
for at = 3, #ARGV do named[ARGV[at]] = true end
begin()
for key = 1, #KEYS, 3 do
  local due, state, shard = KEYS[key + 1], KEYS[key + 2], string.match(KEYS[key], '%d+$')
  for _, place in ipairs(heldOf(due, beforeRetries, -1)) do
    local id = idOf(place)
    local attempt, holder = read(redis.call('HGET', state, id) or ':')
    local receipt = shard .. ':' .. id
    if holder == me and not named[receipt] then
      if named['+' .. receipt] then attempt = attempt + 1 end
      redis.call('HSET', state, id, attempt .. ':')
      free(due, state, place, id)
      freed = freed + 1
    end
  end
end
if freed > 0 then redis.call('PUBLISH', ARGV[1], '') end
return freed`);

/**
 * A step that makes due now what anybody holds, with one attempt more, and what was handed out too early: all of it in
 * its place, and before what waits for its retry, which may be older than what was just handled. Gives the time, and 1
 * if that was all.
 *
 * After the time ARGV[1] it does nothing, and gives the time alone: what a broken network brings so late is from
 * somebody who no longer listens, and the shard may be another's by now, with all that would be made due.
 */
export const takeOverScript: RedisScript = redisScript(/* lua */ `
local time = now()
if time > tonumber(ARGV[1]) then return { time } end
begin()
local held = heldOf(KEYS[2], beforeRetries, ${mostMadeDue})
for _, place in ipairs(held) do release(KEYS[2], KEYS[3], place) end
return { time, #held < ${mostMadeDue} and 1 or 0 }`);
