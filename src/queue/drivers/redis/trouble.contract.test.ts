import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { answers } from "../../../../test/support/servers/engines.ts";
import { QueueLoad } from "../../../../test/support/drivers/queue-load.ts";
import { RedisServer } from "../../../../test/support/servers/redis-server.ts";
import { SilentHosts } from "../../../../test/support/network/silent-hosts.ts";
import { QueueUnavailableError } from "../../../errors.ts";
import { aMessage } from "../../../testing/builders.ts";
import { eventually, promptly, timed } from "../../../testing/eventually.ts";
import { shardOf } from "../../../event/shard.ts";
import {
  assertSilent,
  attemptsOf,
  collect,
  messages,
  ownAll,
  textsOf,
} from "../../../testing/queue-driver/harness.ts";
import { sharedShards } from "../../driver.ts";
import { recordedLog } from "../../../testing/recorded-log.ts";
import { openRedisQueue } from "./queue.ts";

const isThere = await answers("redis");

const options = { leaseMs: 3_000 };
/** The sender of the webhooks waits ten seconds for its answer. */
const promisedMs = 7_900;

/** Messages of one lane, and their shard. */
function ofOneShard(count: number) {
  const sent = messages("message", count);
  return { sent, shard: sent[0] === undefined ? 0 : shardOf(sent[0], sharedShards) };
}

test("a queue none of whose hosts says anything can be closed at once", async () => {
  await using hosts = await SilentHosts.start(3);

  const closing = promptly(1_000, async () => {
    // The first one may still be loading its client, which nothing ends.
    const queue = await openRedisQueue(`redis://${hosts.text}`, { leaseMs: 30_000 });
    return (await timed(() => queue.close())).ms;
  });

  await expect(closing).resolves.toBeUndefined();
});

describe.skipIf(!isThere).concurrent("a Redis in trouble", () => {
  test.for([
    {
      trouble: "stopped and started",
      make: async (server: RedisServer) => {
        await server.stop();
        await sleep(500);
        await server.start();
      },
    },
    {
      trouble: "killed and started",
      make: async (server: RedisServer) => {
        await server.kill();
        await server.start();
      },
    },
    {
      trouble: "held for some seconds",
      make: async (server: RedisServer) => {
        await server.pause();
        await sleep(7_000);
        server.resume();
      },
    },
    {
      trouble: "held until its connections are given up",
      make: async (server: RedisServer) => {
        await server.pause();
        await sleep(12_000);
        server.resume();
      },
    },
    {
      trouble: "rid of its clients",
      make: async (server: RedisServer) => {
        await server.command("CLIENT", "KILL", "TYPE", "normal");
        await server.command("CLIENT", "KILL", "TYPE", "pubsub");
      },
    },
    {
      trouble: "rid of its scripts",
      make: async (server: RedisServer) => {
        await server.command("SCRIPT", "FLUSH");
      },
    },
    {
      trouble: "rid of its groups",
      make: async (server: RedisServer) => {
        for (let shard = 0; shard < 16; shard += 1)
          await server.command("XGROUP", "DESTROY", `{hookwell}:${shard}`, "hookwell");
      },
    },
  ])("loses nothing that was confirmed when Redis is $trouble", async ({ make }) => {
    await using server = await RedisServer.start("--appendfsync", "always");
    const [sender, consumer] = [
      await openRedisQueue(server.url, options),
      await openRedisQueue(server.url, options),
    ];
    const load = new QueueLoad(sender, consumer);
    await load.works();

    await make(server);

    await load.works();
    expect(await load.finish()).toEqual([]);
    expect(load.surprises).toEqual([]);
    expect(load.slowestMs).toBeLessThan(promisedMs);
    await Promise.all([sender.close(), consumer.close()]);
  });

  test("confirms nothing that is not flushed, and shares the wait for the disk", async () => {
    await using server = await RedisServer.start();
    const queue = await openRedisQueue(server.url, options);

    const { ms } = await timed(() => Promise.all(Array.from({ length: 50 }, () => queue.send([aMessage()]))));

    expect(ms).toBeLessThan(promisedMs);
    const info = String(await server.command("INFO", "persistence"));
    expect(info).toContain("aof_pending_bio_fsync:0");
    await server.kill();
    await server.start();
    await eventually(async () => expect((await queue.depth()).messages).toBe(50));
    await queue.close();
  });

  test("refuses what the disk does not confirm in time", async () => {
    await using server = await RedisServer.start("--appendfsync", "no");
    const queue = await openRedisQueue(server.url, options);

    const { ms } = await timed(() => expect(queue.send([aMessage()])).rejects.toThrow(/disk/));

    expect(ms).toBeLessThan(promisedMs);
    await queue.close();
  });

  test("hands out nothing twice when a group is deleted, and nothing later", async () => {
    await using server = await RedisServer.start("--appendfsync", "always");
    const queue = await openRedisQueue(server.url, { leaseMs: 30_000 });
    await ownAll(queue);
    const { shard, sent } = ofOneShard(4);
    await queue.send(sent);
    const [failed, held] = await collect(queue, 2);
    if (failed !== undefined) await queue.retry(failed, { delayMs: 0, attempt: 2 });

    await server.command("XGROUP", "DESTROY", `{hookwell}:${shard}`, "hookwell");

    expect((await queue.depth()).messages).toBe(4);
    const deliveries = await collect(queue, 3);
    expect(textsOf(deliveries)).toEqual(["message 0", "message 2", "message 3"]);
    expect(attemptsOf(deliveries)).toEqual([2, 1, 1]);
    await assertSilent(queue, 300);
    await queue.ack(held === undefined ? [] : [held]);
    expect((await queue.depth()).messages).toBe(3);
    await queue.close();
  });

  test("hands out again at once what was in an answer that never came, and nothing else", async () => {
    await using server = await RedisServer.start("--appendfsync", "always");
    const queue = await openRedisQueue(server.url, { leaseMs: 30_000 });
    await ownAll(queue);
    const { shard, sent } = ofOneShard(2);
    const key = `{hookwell}:${shard}`;
    await queue.send(sent);
    await collect(queue, 1);
    const [, mark = ""] = Object.entries((await server.command("HGETALL", `${key}:held`)) as object).flat();
    const read = await server.command("XREADGROUP", "GROUP", "hookwell", "hookwell", "STREAMS", key, ">");
    const [, id = ""] = /(\d+-\d+)/.exec(JSON.stringify(read)) ?? [];
    await server.command("HSET", `${key}:held`, id, String(mark));
    const [ms = "", number = ""] = id.split("-");
    const place = `${ms.padStart(14, "0")}-${number.padStart(10, "0")}`;
    await server.command("ZADD", `${key}:due`, String(Date.now() + 1_000), place);

    await server.command("CLIENT", "KILL", "TYPE", "pubsub");

    await eventually(async () => {
      const deliveries = await queue.receive(10, new AbortController().signal);
      expect(textsOf(deliveries)).toEqual(["message 1"]);
      expect(deliveries[0]?.attempt).toBe(1);
    });
    await queue.close();
  });

  test("goes on with empty streams when all keys are deleted", async () => {
    await using server = await RedisServer.start("--appendfsync", "always");
    const queue = await openRedisQueue(server.url, options);
    await ownAll(queue);
    await queue.send([aMessage(), aMessage()]);
    const held = await queue.receive(1, new AbortController().signal);

    await server.command("FLUSHALL");

    await queue.ack(held);
    const load = new QueueLoad(queue, queue);
    await load.works();
    expect(await load.finish()).toEqual([]);
    expect(load.surprises).toEqual([]);
    await queue.close();
  });

  test("tells once that what waited is lost with the disk of Redis, and not after a mere restart", async () => {
    await using server = await RedisServer.start("--appendfsync", "always");
    const { log, lines, facts } = recordedLog();
    const queue = await openRedisQueue(server.url, { ...options, log });
    const restart = async (): Promise<void> => {
      await server.start();
      await eventually(() => queue.send([aMessage()]));
      await eventually(() => expect(facts().at(-1)).toBe("queue.engine_back"));
    };
    await server.kill();
    await restart();
    expect(facts()).not.toContain("queue.stream_lost");

    await server.kill();
    await rm(join(server.folder, "appendonlydir"), { recursive: true });
    await restart();

    const told = lines.filter(({ fact }) => fact === "queue.stream_lost");
    expect(told.map(({ fields }) => fields["engine"])).toEqual([server.url]);
    expect((await queue.depth()).messages).toBe(1);
    await queue.close();
  });

  test.for([
    { state: "away", make: (server: RedisServer) => server.kill() },
    { state: "held", make: async (server: RedisServer) => server.pause() },
  ])("rejects a send in time while Redis is $state, and all other calls too", async ({ make }) => {
    await using server = await RedisServer.start();
    const queue = await openRedisQueue(server.url, options);
    await ownAll(queue);

    await make(server);

    const calls = [
      () => queue.send([aMessage()]),
      () => queue.depth(),
      () => queue.report(),
      () => queue.receive(1, new AbortController().signal),
      () => queue.own([1]),
    ];
    for (const call of calls) {
      const { ms } = await timed(() => expect(call()).rejects.toThrow(QueueUnavailableError));
      expect(ms).toBeLessThan(promisedMs);
    }
    const { ms } = await timed(() => queue.close());
    expect(ms).toBeLessThan(promisedMs);
  });

  test("tells once that Redis is lost and once that it is back", async () => {
    await using server = await RedisServer.start("--appendfsync", "always");
    const { log, facts } = recordedLog();
    const queue = await openRedisQueue(server.url, { ...options, log });

    await server.kill();
    await eventually(() => expect(facts()).toEqual(["queue.engine_lost"]));
    await sleep(1_000);
    await server.start();

    await eventually(() => expect(facts()).toEqual(["queue.engine_lost", "queue.engine_back"]));
    await queue.close();
    expect(facts()).toHaveLength(2);
  });

  test("opens without a server, and works when it is there", async () => {
    const server = await RedisServer.start();
    await server.kill();

    const { ms, value: queue } = await timed(() => openRedisQueue(server.url, options));

    expect(ms).toBeLessThan(promisedMs);
    await expect(queue.send([aMessage()])).rejects.toThrow(QueueUnavailableError);
    await server.start();
    await eventually(() => queue.send([aMessage()]));
    await queue.close();
    await server[Symbol.asyncDispose]();
  });
});
