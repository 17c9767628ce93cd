import type { QueueDepth } from "../../driver.ts";
import type { RedisClient } from "./connection/client.ts";
import { streamsOf } from "./names.ts";
import { redisScript, type RedisScript, runScript } from "./scripts/script.ts";

/**
 * How many messages there are, the age of the oldest in ms, and for each stream the id of its first message, or
 * nothing. The keys are the streams alone; ARGV has the id that each gave the last time. Reading a message only for its
 * id takes longer the larger it is, so that is the last resort.
 */
const depthScript: RedisScript = redisScript(/* lua */ `
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

/** Counts what is in the streams, and finds the oldest of it. */
export class RedisDepth {
  readonly #streams: readonly string[];
  /** Ids of the first message of each stream, at the last count. */
  #firsts: readonly string[];

  constructor(prefix: string) {
    this.#streams = streamsOf(prefix);
    this.#firsts = this.#streams.map(() => "");
  }

  async count(client: RedisClient): Promise<QueueDepth> {
    const reply = await runScript(client, depthScript, this.#streams, this.#firsts);
    const [messages, oldestAgeMs, ...firsts] = reply as [number, number, ...string[]];
    this.#firsts = firsts;
    return { messages, oldestAgeMs };
  }
}
