import { expect, test } from "vitest";
import { answers } from "../../../../test/support/servers/engines.ts";
import { RedisServer } from "../../../../test/support/servers/redis-server.ts";
import { eventually } from "../../../testing/eventually.ts";
import { aMessage } from "../../../testing/builders.ts";
import { collect, never, ownAll } from "../../../testing/queue-driver/harness.ts";
import { recordedLog } from "../../../testing/recorded-log.ts";
import { allShards } from "../../driver.ts";
import { openRedisQueue } from "./queue.ts";

const isThere = await answers("redis");
const sent = Array.from({ length: 60 }, () => aMessage());

/** Notes of events of one shard that may be handed out at the score ARGV[2]; the events themselves if ARGV[3] says so. */
const noted = /* lua */ `
for number = 1, tonumber(ARGV[1]) do
  local ms = string.format('%.0f', 1700000000000 + number)
  if ARGV[3] == 'there' then redis.call('XADD', '{hookwell}:0', ms .. '-0', 'event', 'message.sent') end
  redis.call('HSET', '{hookwell}:0:held', ms .. '-0', '1:')
  redis.call('ZADD', '{hookwell}:0:due', ARGV[2], string.format('%014.0f-%010.0f', ms, 0))
end`;

test.skipIf(!isThere).for([
  { what: "of what is due, whose stream somebody has deleted", score: "-1", events: "gone" },
  { what: "of what is delayed, whose group somebody has deleted", score: "2000000000000", events: "there" },
])(
  "however many notes there are $what, the server does something else in between",
  async ({ score, events }) => {
    await using server = await RedisServer.start();
    const queue = await openRedisQueue(server.url, { leaseMs: 30_000 });
    await ownAll(queue);
    await server.command("EVAL", noted, "0", "100000", score, events);
    await server.command("XGROUP", "DESTROY", "{hookwell}:0", "hookwell");
    const before = await server.scriptsRun();
    await server.command("XADD", "{hookwell}:0", "*", "event", "message.sent");

    expect(await collect(queue, 1, { withinMs: 20_000 })).toHaveLength(1);

    expect((await server.scriptsRun()) - before).toBeGreaterThanOrEqual(100);
    await queue.close();
  },
);

test.skipIf(!isThere).for([
  { what: "all keys", commands: [["FLUSHALL"]] },
  { what: "the streams", commands: allShards.map((shard) => ["DEL", `{hookwell}:${shard}`]) },
  {
    what: "events in the streams",
    commands: allShards.map((shard) => ["XTRIM", `{hookwell}:${shard}`, "MAXLEN", "0"]),
  },
])("a worker tells once that somebody has deleted $what", async ({ commands }) => {
  await using server = await RedisServer.start();
  const { log, facts } = recordedLog();
  const queue = await openRedisQueue(server.url, { leaseMs: 30_000, log });
  await ownAll(queue);
  await queue.send(sent);
  for (const one of await collect(queue, 60)) await queue.retry(one, { delayMs: 100, attempt: 2 });

  for (const command of commands) await server.command(...command);

  await eventually(async () => {
    await queue.receive(10, never);
    expect(facts()).toEqual(["queue.stream_lost"]);
  });
  await queue.send(sent);
  await queue.ack(await collect(queue, 60));
  expect(facts()).toEqual(["queue.stream_lost"]);
  await queue.close();
});

test.skipIf(!isThere)(
  "a worker tells of no loss when somebody has deleted the groups of empty streams",
  async () => {
    await using server = await RedisServer.start();
    const { log, facts } = recordedLog();
    const queue = await openRedisQueue(server.url, { leaseMs: 30_000, log });
    await ownAll(queue);
    await queue.send(sent);
    await queue.ack(await collect(queue, 60));

    for (const shard of allShards)
      await server.command("XGROUP", "DESTROY", `{hookwell}:${shard}`, "hookwell");

    await queue.send(sent.slice(0, 1));
    await queue.ack(await collect(queue, 1));
    expect(facts()).toEqual([]);
    await queue.close();
  },
);
