import type { WorkersHistory } from "../../driver.ts";
import type { RedisClient } from "./connection/client.ts";
import { redisScript, type RedisScript, runScript } from "./scripts/script.ts";

/** Keeps the queue for the history ARGV[1] for ARGV[2] ms, unless another has it. A full memory does not refuse it. */
const reserveScript: RedisScript = redisScript(/* lua */ `
redis.call('HDEL', KEYS[1], '')
local owner, till = redis.call('HGET', KEYS[1], 'owner'), redis.call('HGET', KEYS[1], 'until')
if owner and owner ~= ARGV[1] and tonumber(till) > now() then return 0 end
redis.call('HSET', KEYS[1], 'owner', ARGV[1], 'until', string.format('%.0f', now() + tonumber(ARGV[2])))
return 1`);

/** The mark of the only history with which events of this queue are handled. */
export class RedisReservation {
  readonly #key: string;
  readonly #leaseMs: number;
  /** The history whose mark is to go when we leave, if we have it then. */
  #own: string | undefined;

  constructor(prefix: string, leaseMs: number) {
    this.#key = `${prefix}:worker`;
    this.#leaseMs = leaseMs;
  }

  /** @returns for how many ms the queue is kept; 0 if another history has it */
  async take(client: RedisClient, { name, isShared }: WorkersHistory): Promise<number> {
    // Before it is asked: we may have it although the answer never comes.
    this.#own = isShared ? undefined : name;
    const isOurs = await runScript(client, reserveScript, [this.#key], [name, String(this.#leaseMs)]);
    return isOurs === 1 ? this.#leaseMs : 0;
  }

  async leave(client: RedisClient): Promise<void> {
    if (this.#own !== undefined) await runScript(client, reserveScript, [this.#key], [this.#own, "0"]);
  }
}
