/** About how many messages a script makes due; with very many, the server would do nothing else for long. */
export const mostMadeDue = 5_000;

/** Finds what is to be handed out again of one shard; a part of a script. */
export const again: string = /* lua */ `
-- Makes due what has leases or delays that are over by this time; false if there may be more.
local function fall(due, state, time)
  local fallen = redis.call('ZRANGEBYSCORE', due, '(0', time, 'WITHSCORES', 'LIMIT', 0, ${mostMadeDue})
  for at = 1, #fallen, 2 do
    local place, score, id = fallen[at], tonumber(fallen[at + 1]), idOf(fallen[at])
    local mark = redis.call('HGET', state, id)
    if mark then
      local attempt, holder = read(mark)
      if holder ~= '' then redis.call('HSET', state, id, (attempt + 1) .. ':') end
      if hasFailed(score, holder) then redis.call('ZADD', due, 0, place) else free(due, state, place, id) end
    else
      redis.call('ZREM', due, place)
    end
  end
  return #fallen < 2 * ${mostMadeDue}
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
