import { expect, test } from "vitest";
import { answers } from "../../../../test/support/engines.ts";
import { RedisServer } from "../../../../test/support/redis-server.ts";
import { eventually } from "../../../testing/eventually.ts";
import { collect, messages, ownAll, textsOf } from "../../../testing/queue-driver/harness.ts";
import { openRedisQueue } from "./queue.ts";

/** As handlers leave them that have failed for long: each waits for its retry, days from now. */
const delayed = /* lua */ `
for number = 1, tonumber(ARGV[1]) do
  local key = '{hookwell}:' .. number % 16
  local ms = string.format('%.0f', 1700000000000 + number)
  redis.call('HSET', key .. ':held', ms .. '-0', '3:')
  redis.call('ZADD', key .. ':due', 2000000000000, string.format('%014.0f-%010.0f', ms, 0))
end`;

test.skipIf(!(await answers("redis")))(
  "who takes over shards, or connects again, has no look at all that waits for its retry",
  async () => {
    await using server = await RedisServer.start("--appendfsync", "always");
    const [dead, next] = [
      await openRedisQueue(server.url, { leaseMs: 30_000 }),
      await openRedisQueue(server.url, { leaseMs: 30_000 }),
    ];
    await ownAll(dead);
    await dead.send(messages("message", 3));
    await collect(dead, 2);
    await server.command("EVAL", delayed, "0", "100000");
    const before = await server.scriptsMs();

    await ownAll(next);
    const deliveries = await collect(next, 3);
    await server.command("CLIENT", "KILL", "TYPE", "pubsub");
    await eventually(() => next.ack(deliveries));

    expect(textsOf(deliveries)).toEqual(["message 0", "message 1", "message 2"]);
    expect((await server.scriptsMs()) - before).toBeLessThan(300);
    await Promise.all([dead.close(), next.close()]);
  },
);
