import { expect, test, vi } from "vitest";
import { answers } from "../../../../test/support/servers/engines.ts";
import { RedisServer } from "../../../../test/support/servers/redis-server.ts";
import { eventually } from "../../../testing/eventually.ts";
import { aMessage } from "../../../testing/builders.ts";
import { collect, messages, ownAll, textsOf } from "../../../testing/queue-driver/harness.ts";
import { openRedisQueue } from "./queue.ts";
import { RedisShards } from "./shards.ts";

/** The score of what waits for its retry until this time. */
const retryAt = (ms: number): number => 2 ** 51 + ms;

/** Events that wait until the time ARGV[2], each with ARGV[3] as what is known of it. */
const waiting = /* lua */ `
for number = 1, tonumber(ARGV[1]) do
  local key = '{hookwell}:' .. number % 16
  local ms = string.format('%.0f', 1700000000000 + number)
  redis.call('HSET', key .. ':held', ms .. '-0', ARGV[3])
  redis.call('ZADD', key .. ':due', ARGV[2], string.format('%014.0f-%010.0f', ms, 0))
end`;
/** As handlers leave them that have failed for long: each waits for its retry, days from now. */
const delayed = [waiting, "0", "100000", String(retryAt(2_000_000_000_000)), "3:"] as const;

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
    await server.command("EVAL", ...delayed);
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

test.skipIf(!(await answers("redis")))(
  "who connects again has no look at them either if others wait for longer that were sent back as too early",
  async () => {
    await using server = await RedisServer.start("--appendfsync", "always");
    const queue = await openRedisQueue(server.url, { leaseMs: 30_000 });
    await ownAll(queue);
    await queue.send(Array.from({ length: 200 }, () => aMessage()));
    const early = await collect(queue, 200);
    const delayMs = 2_000_000_000_001 - Date.now();
    for (const each of early.slice(1)) await queue.retry(each, { delayMs, attempt: each.attempt });
    await server.command("EVAL", ...delayed);
    const before = await server.scriptsMs();

    await server.command("CLIENT", "KILL", "TYPE", "pubsub");
    await eventually(() => queue.ack(early.slice(0, 1)));

    expect((await server.scriptsMs()) - before).toBeLessThan(300);
    await queue.close();
  },
);

test.skipIf(!(await answers("redis")))(
  "what somebody took over, however much it is, is no work for who takes it over next",
  async () => {
    await using server = await RedisServer.start("--appendfsync", "always");
    const queue = await openRedisQueue(server.url, { leaseMs: 30_000 });
    await server.command("EVAL", waiting, "0", "100000", "-1", "1:");
    const before = await server.scriptsMs();

    await ownAll(queue);

    expect((await server.scriptsMs()) - before).toBeLessThan(300);
    await queue.close();
  },
);

/** Events of one shard that were sent back as too early, and so come again in their place when it changes hands. */
const early = /* lua */ `
for number = 1, tonumber(ARGV[1]) do
  local ms = string.format('%.0f', 1700000000000 + number)
  redis.call('HSET', '{hookwell}:0:held', ms .. '-0', '1:')
  redis.call('ZADD', '{hookwell}:0:due', '2000000000000', string.format('%014.0f-%010.0f', ms, 0))
end`;

test.skipIf(!(await answers("redis")))(
  "who takes over very many that were sent back as too early lets the server do something else in between",
  async () => {
    await using server = await RedisServer.start("--slowlog-log-slower-than", "300000");
    const queue = await openRedisQueue(server.url, { leaseMs: 30_000 });
    await server.command("EVAL", early, "0", "100000");
    await server.command("SLOWLOG", "RESET");

    await ownAll(queue);

    expect(await server.command("SLOWLOG", "LEN")).toBe(0);
    expect(await server.command("ZCOUNT", "{hookwell}:0:due", "-1", "-1")).toBe(100_000);
    await queue.close();
  },
);

/** Events of one shard that have failed, and are to be tried again at about the time ARGV[2]. */
const tried = /* lua */ `
for number = 1, tonumber(ARGV[1]) do
  local ms = string.format('%.0f', 1600000000000 + number)
  redis.call('HSET', '{hookwell}:0:held', ms .. '-0', '2:')
  redis.call('ZADD', '{hookwell}:0:due', tonumber(ARGV[2]) + number, string.format('%014.0f-%010.0f', ms, 0))
end`;

test.skipIf(!(await answers("redis"))).for([
  { when: "by now", at: 1_000_000_000_000 },
  { when: "before the last of them may come again", at: 1_999_000_000_000 },
])("who takes over very many has no look at what is to be tried again $when", async ({ at }) => {
  await using server = await RedisServer.start();
  const queue = await openRedisQueue(server.url, { leaseMs: 30_000 });
  await server.command("EVAL", early, "0", "20000");
  await server.command("EVAL", tried, "0", "100000", String(retryAt(at)));
  const before = await server.scriptsRun();

  await queue.own([0]);

  // The first one tells the time, four take over 5,000 each, and the last finds no more.
  expect((await server.scriptsRun()) - before).toBeLessThanOrEqual(6);
  expect(await server.command("ZCOUNT", "{hookwell}:0:due", String(retryAt(0)), "+inf")).toBe(100_000);
  // They alone would be ten.
  expect(await server.scriptsBytes()).toBeLessThan(5_000_000);
  await queue.close();
});

/** Events of one shard whose handlers have failed; the newest are to be tried again first, and all are due by now. */
const failed = /* lua */ `
for number = 1, tonumber(ARGV[1]) do
  local ms = string.format('%.0f', 1700000000000 + number)
  redis.call('XADD', '{hookwell}:0', ms .. '-0', 'event', 'message.sent')
  redis.call('HSET', '{hookwell}:0:held', ms .. '-0', '2:')
  redis.call('ZADD', '{hookwell}:0:due', 2 ^ 51 + 1700000000000 - number, string.format('%014.0f-%010.0f', ms, 0))
end
redis.call('XREADGROUP', 'GROUP', 'hookwell', 'hookwell', 'STREAMS', '{hookwell}:0', '>')`;

test.skipIf(!(await answers("redis")))(
  "very many retries that are due at once are handed out in order, and the server does something else meanwhile",
  async () => {
    await using server = await RedisServer.start("--slowlog-log-slower-than", "300000");
    const queue = await openRedisQueue(server.url, { leaseMs: 30_000 });
    await server.command("EVAL", failed, "0", "100000");
    await ownAll(queue);
    await server.command("SLOWLOG", "RESET");

    const deliveries = await collect(queue, 2, { max: 2, withinMs: 20_000 });

    expect(deliveries.map(({ receipt }) => receipt)).toEqual(["0:1700000000001-0", "0:1700000000002-0"]);
    expect(await server.command("SLOWLOG", "LEN")).toBe(0);
    await queue.close();
  },
);

test.skipIf(!(await answers("redis")))(
  "a worker that takes too long to take shards over stops it in time",
  async () => {
    await using server = await RedisServer.start();
    const queue = await openRedisQueue(server.url, { leaseMs: 30_000 });
    vi.useFakeTimers({ toFake: ["performance"] });
    const takeOver = vi.spyOn(RedisShards.prototype, "takeOver").mockImplementation(async () => {
      vi.advanceTimersByTime(1_000);
      return false;
    });

    await expect(queue.own([3])).rejects.toThrow("takes long");

    expect(takeOver).toHaveBeenCalledTimes(11);
    vi.restoreAllMocks();
    vi.useRealTimers();
    await queue.close();
  },
);
