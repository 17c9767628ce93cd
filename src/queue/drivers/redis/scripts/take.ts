import { redelivery } from "./redelivery.ts";
import { redisScript, type RedisScript } from "./script.ts";

/**
 * How many bytes of bodies are handed out at once, and one message more. What takes long to send does not arrive in
 * time; and a server cuts a subscribed connection when 32 MiB wait to be sent.
 */
const mostBytes = 8 * 1024 * 1024;
/**
 * How many messages of a shard the script reads at once, at first and at most: only then it sees how large they are.
 */
const firstLook = 5;
const mostLook = 50;
/**
 * About how many messages are looked at in vain: if somebody deletes a stream or its group, very many are deleted, or
 * handed out already.
 */
const mostVain = 1_000;

/**
 * Hands out up to ARGV[1] messages, for ARGV[2] ms, to ARGV[3], beginning with the shard ARGV[4]: in each shard first
 * what is due again, then what is new. A message that was read but not handed out is due. Gives the time, the ms until
 * something falls due, or -1, how much was deleted, and then a list for each message: shard, id, attempt, fields.
 *
 * After the time ARGV[5] it does nothing, and gives the time alone. A question that a broken network brings late is from
 * somebody who no longer listens, or whose shards are another's by now: newer messages would come before those that it
 * hands out.
 */
export const takeScript: RedisScript = redisScript(/* lua */ `
${redelivery}
local max, holder, first = tonumber(ARGV[1]), ARGV[3], tonumber(ARGV[4])
local time, shards, out, bytes, next = now(), #KEYS / 3, {}, 0, math.huge
local leased = time + tonumber(ARGV[2])
if time > tonumber(ARGV[5]) then return { time } end
begin()

local before = 0 -- of what was found, in other shards
local vain = 0 -- of what was found, is not to be handed out
-- So many are looked at next; none if what was found takes long enough to send, or it took long enough to find.
local function count()
  if bytes >= ${mostBytes} or vain >= ${mostVain} then return 0 end
  return math.min(${firstLook} + 4 * (#out - before), ${mostLook}, max - #out)
end

for step = 0, shards - 1 do
  local shard = (first + step) % shards
  local stream, due, state = KEYS[shard * 3 + 1], KEYS[shard * 3 + 2], KEYS[shard * 3 + 3]
  local marks, times = {}, {}
  local function mark(id, attempt, holder, time)
    marks[#marks + 1] = id
    marks[#marks + 1] = attempt .. ':' .. holder
    times[#times + 1] = time
    times[#times + 1] = placeOf(id)
  end
  local function hand(id, attempt, fields)
    mark(id, attempt, holder, leased)
    out[#out + 1] = { shard, id, attempt, fields }
    bytes = bytes + #fields[#fields]
  end
  local function keep()
    if #marks == 0 then return end
    redis.call('HSET', state, unpack(marks))
    redis.call('ZADD', due, unpack(times))
    marks, times = {}, {}
  end

  before = #out
  -- What is due is handed out in its order, so first all of it must be known.
  if not fall(due, state, time) then
    next = time
    break
  end
  repeat
    local most, reply, places = count(), {}, {}
    if most > 0 then reply = dueNow(due, state, most) end
    if #reply > 0 then
      local ids, found, keeps = {}, {}, {}
      for at = 1, #reply, 2 do
        places[#places + 1] = reply[at]
        ids[#places] = idOf(reply[at])
        -- Whoever has it next is to find it in the same place.
        keeps[ids[#places]] = tonumber(reply[at + 1]) < 0
      end
      ids[#ids + 1] = 'FORCE'
      local behind, number = placeOf(newest(stream)), redis.call('HINCRBY', state, '#', #places) - #places
      for _, entry in ipairs(grouped(stream, 'XCLAIM', stream, group, group, 0, unpack(ids))) do
        if entry then found[entry[1]] = true end
        if entry and count() > 0 then
          number = number + 1
          if not keeps[entry[1]] then
            marks[#marks + 1] = noteOf(entry[1])
            marks[#marks + 1] = behind .. string.format(' %014.0f', number)
          end
          hand(entry[1], read(redis.call('HGET', state, entry[1]) or '1:'), entry[2])
        end
      end
      for index, place in ipairs(places) do
        -- Somebody else deleted it from the stream.
        if not found[ids[index]] then
          deleted, vain = deleted + 1, vain + 1
          redis.call('XACK', stream, group, ids[index])
          redis.call('ZREM', due, place)
          redis.call('HDEL', state, ids[index], noteOf(ids[index]))
        end
      end
      keep()
    end
  until most == 0 or #places < most

  repeat
    local most, entries = count(), {}
    if most > 0 then
      local reply = grouped(stream, 'XREADGROUP', 'GROUP', group, group, 'COUNT', most, 'STREAMS', stream, '>')
      entries = reply and reply[1][2] or {}
    end
    for _, entry in ipairs(entries) do
      if redis.call('HEXISTS', state, entry[1]) == 0 then
        if count() > 0 then hand(entry[1], 1, entry[2]) else mark(entry[1], 1, '', inPlace) end
      else
        vain = vain + 1
      end
    end
    keep()
  until most == 0 or #entries < most
  if count() == 0 then
    next = time
    break
  end
  next = math.min(next, soonest(due))
end
table.insert(out, 1, deleted)
table.insert(out, 1, next < math.huge and math.max(0, math.ceil(next) - time) or -1)
table.insert(out, 1, time)
return out`);
