import { createClient } from "redis";
import { describe, expect, test } from "vitest";
import { answers } from "../../../../test/support/servers/engines.ts";
import { QueueLoad } from "../../../../test/support/drivers/queue-load.ts";
import { RedisServer, startSentinel } from "../../../../test/support/servers/redis-server.ts";
import { ConfigError, QueueUnavailableError } from "../../../errors.ts";
import { aMessage } from "../../../testing/builders.ts";
import { eventually } from "../../../testing/eventually.ts";
import { collect, ownAll } from "../../../testing/queue-driver/harness.ts";
import { openRedisQueue } from "./queue.ts";

const isThere = await answers("redis");

const options = { leaseMs: 3_000 };

describe.skipIf(!isThere).concurrent("several Redis servers", () => {
  test("takes the first of several hosts that is there", async () => {
    await using server = await RedisServer.start();

    const queue = await openRedisQueue(`redis://127.0.0.1:1,127.0.0.1:${server.port}`, options);

    await queue.send([aMessage()]);
    expect(await server.command("EXISTS", "{hookwell}:0")).toBe(1);
    await queue.close();
  });

  test("rejects what too few replicas have, and confirms what enough have", async () => {
    await using server = await RedisServer.start("--appendfsync", "always");
    const queue = await openRedisQueue(`${server.url}?wait=1`, options);

    await expect(queue.send([aMessage()])).rejects.toThrow(QueueUnavailableError);
    await using replica = await RedisServer.start("--replicaof", "127.0.0.1", server.port);
    await eventually(() => queue.send([aMessage()]), 20_000);

    expect(await replica.command("INFO", "replication")).toContain("role:slave");
    await server.command("CONFIG", "SET", "appendonly", "no");
    await queue.send([aMessage()]);
    await queue.close();
  });

  test("says what is wrong with a replica that writes no file", async () => {
    await using server = await RedisServer.start("--appendfsync", "always");
    await using replica = await RedisServer.start(
      "--replicaof",
      "127.0.0.1",
      server.port,
      "--appendonly",
      "no",
    );
    await eventually(async () =>
      expect(await replica.command("INFO", "replication")).toContain("master_link_status:up"),
    );
    const queue = await openRedisQueue(`${server.url}?wait=1`, options);

    // Before the first event comes, too; and one that comes meanwhile is told the same.
    const lacking = expect.stringMatching(/^\?wait=1 asks for more .* with appendonly yes/);
    const asking = queue.report();
    await expect(queue.send([aMessage()])).rejects.toThrow(/asks for more: connect .* with appendonly yes/);
    expect((await asking).warnings).toEqual([lacking]);
    await expect(queue.send([aMessage()])).rejects.toThrow(/asks for more: connect .* with appendonly yes/);

    await replica.command("CONFIG", "SET", "appendonly", "yes");
    await eventually(() => queue.send([aMessage()]), 10_000);
    expect((await queue.report()).warnings).toEqual([]);
    await queue.close();
  });

  test("is content with a replica that writes its file once a second", async () => {
    await using server = await RedisServer.start("--appendfsync", "always");
    await using replica = await RedisServer.start("--replicaof", "127.0.0.1", server.port);
    await eventually(async () =>
      expect(await replica.command("INFO", "replication")).toContain("master_link_status:up"),
    );
    const queue = await openRedisQueue(`${server.url}?wait=1`, options);

    expect((await queue.report()).warnings).toEqual([]);

    await queue.close();
  });

  test("puts a message once into a Redis without its replicas, however often it is tried", async () => {
    await using server = await RedisServer.start("--appendfsync", "always");
    const queue = await openRedisQueue(`${server.url}?wait=1`, options);
    const message = aMessage();

    for (let tries = 0; tries < 3; tries += 1)
      await expect(queue.send([message])).rejects.toThrow(
        /\?wait=1 asks for more: .* a smaller \?wait= in HOOKWELL_QUEUE/,
      );

    expect((await queue.depth()).messages).toBe(1);
    await using replica = await RedisServer.start("--replicaof", "127.0.0.1", server.port);
    await eventually(() => queue.send([message]));
    expect(await replica.command("INFO", "replication")).toContain("role:slave");
    await queue.close();
  });

  test("follows the sentinel to the new master, and loses nothing that a replica confirmed", async () => {
    await using master = await RedisServer.start("--appendfsync", "always");
    await using replica = await RedisServer.start(
      "--appendfsync",
      "always",
      "--replicaof",
      "127.0.0.1",
      master.port,
    );
    await using sentinel = await startSentinel(master);
    await eventually(
      async () =>
        expect(JSON.stringify(await sentinel.command("SENTINEL", "REPLICAS", "main"))).toContain(
          replica.port,
        ),
      15_000,
    );
    const url = `redis://127.0.0.1:1,127.0.0.1:${sentinel.port}?sentinel=main&wait=1`;
    const queue = await openRedisQueue(url, options);
    await eventually(() => queue.send([aMessage(), aMessage()]), 20_000);
    // Who has its answer has left.
    await eventually(async () =>
      expect(String(await sentinel.command("CLIENT", "LIST"))).not.toContain("hookwell"),
    );

    await master.kill();

    // There is no other replica to confirm anything.
    const alone = await openRedisQueue(url.replace("&wait=1", ""), options);
    const load = new QueueLoad(alone, alone);
    await load.works();
    expect(await load.finish()).toEqual([]);
    expect(await replica.command("INFO", "replication")).toContain("role:master");
    expect(load.received.size).toBeGreaterThanOrEqual(load.confirmed.size + 2);
    await Promise.all([queue.close(), alone.close()]);
  });

  test("finds its node of a cluster, and follows when its keys move", async () => {
    await using one = await RedisServer.start(
      "--cluster-enabled",
      "yes",
      "--cluster-config-file",
      "one.conf",
    );
    await using two = await RedisServer.start(
      "--cluster-enabled",
      "yes",
      "--cluster-config-file",
      "two.conf",
    );
    await one.command("CLUSTER", "ADDSLOTSRANGE", "0", "16383");
    await two.command("CLUSTER", "MEET", "127.0.0.1", one.port);
    for (const server of [one, two]) {
      await eventually(
        async () => expect(await server.command("CLUSTER", "INFO")).toContain("cluster_state:ok"),
        20_000,
      );
    }
    const problem: unknown = await openRedisQueue(two.url, options).catch((error: unknown) => error);
    expect(problem).toBeInstanceOf(ConfigError);
    expect(String(problem)).toContain("?cluster=true");

    const queue = await openRedisQueue(`${two.url}?cluster=true`, options);
    await queue.send([aMessage()]);
    await ownAll(queue);
    expect(await collect(queue, 1)).toHaveLength(1);
    const slot = String(await one.command("CLUSTER", "KEYSLOT", "{other}"));
    const owner = String(await two.command("CLUSTER", "MYID"));
    // Else the other's older claim may come in between, and win.
    await two.command("CLUSTER", "SETSLOT", slot, "IMPORTING", String(await one.command("CLUSTER", "MYID")));
    for (const server of [two, one]) await server.command("CLUSTER", "SETSLOT", slot, "NODE", owner);
    const other = await openRedisQueue(`${one.url}?cluster=true&name=other`, options);
    await other.send([aMessage()]);

    expect(await two.command("EXISTS", "{other}:0")).toBe(1);
    await Promise.all([queue.close(), other.close()]);
  });

  test("are not asked to publish in the transaction of messages, which a node would take whose streams have moved", async () => {
    await using server = await RedisServer.start();
    const queue = await openRedisQueue(server.url, options);
    const asked: string[] = [];
    const monitor = createClient({ url: server.url });
    await monitor.connect();
    await monitor.monitor((line) => void asked.push(/"(\w+)"/.exec(line)?.[1]?.toLowerCase() ?? ""));

    await queue.send([aMessage(), aMessage()]);

    const sent = ["multi", "xadd", "xadd", "exec", "publish"];
    await eventually(() => expect(asked.filter((command) => sent.includes(command))).toEqual(sent));
    monitor.destroy();
    await queue.close();
  });
});
