import { redisScript, type RedisScript } from "./script.ts";

/** Forgets messages: for each shard, ARGV has their number and their ids. */
export const ackScript: RedisScript = redisScript(/* lua */ `
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
export const retryScript: RedisScript = redisScript(/* lua */ `
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
export const extendScript: RedisScript = redisScript(/* lua */ `
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
  for _, place in ipairs(redis.call('ZRANGEBYSCORE', due, '(0', lastOf(state, leases))) do
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

/** How long leases of workers of an older version are, in ms; these do not note when the last one ends. */
const olderLeaseMs = 30_000;

/**
 * Makes due now what anybody holds, with one attempt more, and what was handed out too early: all of it in its place,
 * and before what waits for its retry, which may be older than what was just handled. What is in its place by now
 * needs no look.
 */
export const takeOverScript: RedisScript = redisScript(/* lua */ `
local leased = now() + ${olderLeaseMs}
begin()
for key = 1, #KEYS, 3 do
  local due, state = KEYS[key + 1], KEYS[key + 2]
  local last = math.max(lastOf(state, leases), lastOf(state, earlyWaits), leased)
  local found = redis.call('ZRANGEBYSCORE', due, 0, last, 'WITHSCORES')
  for at = 1, #found, 2 do
    local place, score, id = found[at], tonumber(found[at + 1]), idOf(found[at])
    local attempt, holder = read(redis.call('HGET', state, id) or ':')
    if attempt then
      if holder ~= '' then redis.call('HSET', state, id, (attempt + 1) .. ':') end
      if not hasFailed(score, attempt, holder) then free(due, state, place, id) end
    end
  end
end
return 1`);

/**
 * How many messages there are, the age of the oldest in ms, and for each stream the id of its first message, or
 * nothing. The keys are the streams alone; ARGV has the id that each gave the last time. Reading a message only for its
 * id takes longer the larger it is, so that is the last resort.
 */
export const depthScript: RedisScript = redisScript(/* lua */ `
local function firstOf(stream, known)
  local held = redis.pcall('XPENDING', stream, group, '-', '+', 1)
  if not held.err then
    if held[1] then return held[1][1] end
    -- Nobody was handed it yet, so it is still there.
    if known ~= '' and placeOf(known) > placeOf(newest(stream)) then return known end
  end
  return redis.call('XRANGE', stream, '-', '+', 'COUNT', 1)[1][1]
end

local messages, oldest, firsts = 0, nil, {}
for at, stream in ipairs(KEYS) do
  local length = redis.call('XLEN', stream)
  messages = messages + length
  firsts[at] = ''
  if length > 0 then
    firsts[at] = firstOf(stream, ARGV[at])
    local ms = tonumber(string.match(firsts[at], '^%d+'))
    if not oldest or ms < oldest then oldest = ms end
  end
end
return { messages, oldest and math.max(0, now() - oldest) or 0, unpack(firsts) }`);
