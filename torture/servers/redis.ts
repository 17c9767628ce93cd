import { RedisSentinels } from "../../test/support/servers/redis-sentinels.ts";
import type { EngineServer } from "./server.ts";
import { inTurn, replicated } from "./replicated.ts";

/** A Redis whose master is replaced by one of two replicas when it is gone. */
export async function replicatedRedis(): Promise<EngineServer & AsyncDisposable> {
  const redis = await RedisSentinels.start();
  const { servers, sentinels } = redis;
  const replica = async () => {
    const master = await redis.master();
    return servers.find((server) => server !== master) ?? master;
  };
  const sentinel = inTurn(sentinels);
  const role = inTurn([() => redis.master(), () => redis.master(), sentinel, replica]);
  return replicated({
    url: `${redis.url}&wait=1`,
    next: () => role()(),
    whole: () => redis.isWhole(),
    servers: redis,
  });
}
