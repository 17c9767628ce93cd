import { mostMadeDue } from "./script.ts";

/** Finds what is to be handed out again of one shard, once its time has come; a part of a script. */
export const redelivery: string = /* lua */ `
-- Makes due what has leases or waits that are over by this time; false if there may be more.
local function fall(due, state, time)
  local over = heldOf(due, time, ${mostMadeDue})
  for _, place in ipairs(over) do release(due, state, place) end
  local most = ${mostMadeDue} - #over
  local failed = redis.call('ZRANGEBYSCORE', due, retryBand, retryBand + time, 'LIMIT', 0, most)
  for _, place in ipairs(failed) do redis.call('ZADD', due, 0, place) end
  return #failed < most
end

-- When the next one falls due; infinite if none will.
local function soonest(due)
  local held = redis.call('ZRANGEBYSCORE', due, '(0', beforeRetries, 'WITHSCORES', 'LIMIT', 0, 1)[2]
  local failed = redis.call('ZRANGEBYSCORE', due, retryBand, '+inf', 'WITHSCORES', 'LIMIT', 0, 1)[2]
  return math.min(tonumber(held or math.huge), tonumber(failed or math.huge) - retryBand)
end

-- Places and scores of what may be handed out now, in order.
local function dueNow(due, state, most)
  local found = redis.call('ZRANGEBYSCORE', due, '-inf', 0, 'WITHSCORES', 'LIMIT', 0, most)
  if #found == 0 or tonumber(found[2]) >= inPlace then return found end
  -- Some have notes, and stand among the others.
  local line, sorted = {}, {}
  local function add(least, greatest)
    local reply = redis.call('ZRANGEBYSCORE', due, least, greatest, 'WITHSCORES', 'LIMIT', 0, most)
    for at = 1, #reply, 2 do
      local place, score = reply[at], reply[at + 1]
      local order = redis.call('HGET', state, noteOf(idOf(place))) or place
      if tonumber(score) == 0 then order = '~' .. place end
      line[#line + 1] = { order, place, score }
    end
  end
  add('-inf', '(' .. inPlace)
  add(inPlace, 0)
  table.sort(line, function(a, b) return a[1] < b[1] end)
  for at = 1, math.min(most, #line) do
    sorted[#sorted + 1] = line[at][2]
    sorted[#sorted + 1] = line[at][3]
  end
  return sorted
end
`;
