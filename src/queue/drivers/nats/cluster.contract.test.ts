import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { answers } from "../../../../test/support/servers/engines.ts";
import { LaneLoad } from "../../../../test/support/drivers/lane-load.ts";
import { NatsCluster } from "../../../../test/support/servers/nats-cluster.ts";
import { twoQueues, withManager } from "../../../../test/support/drivers/nats-harness.ts";
import type { NatsServer } from "../../../../test/support/servers/nats-server.ts";
import type { Message } from "../../../event/message.ts";
import { shardOf } from "../../../event/shard.ts";
import { aMessage } from "../../../testing/builders.ts";
import { eventually, promptly, timed } from "../../../testing/eventually.ts";
import { collect, never } from "../../../testing/queue-driver/harness.ts";
import { recordedLog } from "../../../testing/recorded-log.ts";
import { allShards, type Delivery, type QueueDriver, sharedShards } from "../../driver.ts";
import { openNatsQueue } from "./queue.ts";

const timeout = 120_000;
/** A cluster agrees within about ten seconds who leads. */
const electionMs = 60_000;

/** Two processes that share a queue of three copies; the first is a worker for all shards. */
async function workerAndSender(cluster: NatsCluster): Promise<readonly [QueueDriver, QueueDriver]> {
  const open = (): Promise<QueueDriver> => openNatsQueue(`${cluster.url}?replicas=3`, { leaseMs: 30_000 });
  const worker = await open();
  await eventually(() => worker.own([...Array(worker.shards).keys()]), electionMs);
  return [worker, await open()];
}

/** The server that leads a stream. */
async function leader({ servers, servers: [any] }: NatsCluster, stream = "hookwell"): Promise<NatsServer> {
  assert.ok(any !== undefined);
  let name: string | undefined;
  await withManager(any, async (manager) => {
    name = (await manager.streams.info(stream)).cluster?.leader;
  });
  const found = servers[Number(name?.replace("node-", ""))];
  assert.ok(found !== undefined);
  return found;
}

/** What is told of servers that are away. */
const awayIn = async (queue: QueueDriver): Promise<string> =>
  (await queue.report()).warnings.filter((warning) => warning.includes("silent")).join("\n");

/** The shards whose consumers a server leads. */
async function ledBy({ servers }: NatsCluster, server: NatsServer): Promise<readonly number[]> {
  const led: number[] = [];
  await withManager(server, async ({ consumers }) => {
    for await (const { name, cluster } of consumers.list("hookwell"))
      if (servers[Number(cluster?.leader?.replace("node-", ""))] === server)
        led.push(Number.parseInt(name, 10));
  });
  return led;
}

/** A message for each of these shards. */
const forEach = (shards: readonly number[]): readonly Message[] =>
  shards.map((shard) => {
    for (;;) {
      const message = aMessage({ entity: `message:${randomUUID()}` });
      if (shardOf(message, sharedShards) === shard) return message;
    }
  });

/** One server of a cluster hangs: how long messages took at most meanwhile in the shards that others lead, in ms. */
async function slowestWhileOneHangs(): Promise<number> {
  await using cluster = await NatsCluster.start(3);
  for (const queue of await workerAndSender(cluster)) await queue.close();
  const [near, book] = [await leader(cluster), await leader(cluster, "hookwell-attempts")];
  const hung = cluster.servers.find((server) => server !== near && server !== book);
  assert.ok(hung !== undefined);
  const [worker, sender] = await twoQueues(near);
  await worker.own(allShards);
  const held = await ledBy(cluster, hung);
  const others = allShards.filter((shard) => !held.includes(shard));
  assert.ok(held.length > 0 && others.length > 0);
  const ofThem = await eventually(() => sender.send(forEach(held))).then(() => collect(worker, held.length));

  await hung.pause();

  const acknowledging = worker.ack(ofThem).catch(() => undefined);
  let slowest = 0;
  for (const end = performance.now() + 8_000; performance.now() < end; await sleep(100)) {
    const sent = forEach(others);
    await eventually(() => sender.send(sent));
    const { ms } = await timed(async () => {
      for (let got = 0; got < others.length;) {
        const deliveries = await eventually(() => worker.receive(100, never));
        got += deliveries.length;
        await eventually(() => worker.ack(deliveries));
      }
    });
    slowest = Math.max(slowest, ms);
  }
  hung.resume();
  await acknowledging;
  await Promise.all([worker, sender].map((queue) => queue.close()));
  return slowest;
}

/** Asks again as a worker does when the leader of the asked consumer has just gone. */
async function collectPatiently(worker: QueueDriver, count: number): Promise<readonly Delivery[]> {
  const deliveries: Delivery[] = [];
  while (deliveries.length < count) {
    deliveries.push(
      ...(await eventually(() => worker.receive(count - deliveries.length, never), electionMs)),
    );
  }
  return deliveries;
}

describe.skipIf(!(await answers("nats")))("several NATS servers", () => {
  test(
    "hand out at once all that comes at the same moment, whoever leads its consumer",
    { timeout },
    async () => {
      await using cluster = await NatsCluster.start(3);
      const [worker, sender] = await workerAndSender(cluster);

      for (let round = 0; round < 100; round += 1) {
        const messages = Array.from({ length: 10 }, () => aMessage());
        // A busy cluster may choose other leaders meanwhile; what is stored again is there once.
        const coming = collectPatiently(worker, 10);
        await eventually(() => sender.send(messages), electionMs);
        const { ms, value: deliveries } = await timed(() => coming);
        expect(ms).toBeLessThan(15_000);
        await eventually(() => worker.ack(deliveries));
      }

      // The copies of a message go a moment after it was acknowledged.
      await eventually(async () => expect((await worker.depth()).messages).toBe(0));
      await Promise.all([worker, sender].map((queue) => queue.close()));
    },
  );

  test("give all shards to workers that take them over at the first try", { timeout }, async () => {
    await using cluster = await NatsCluster.start(3);
    const [first, sender] = await workerAndSender(cluster);
    const workers: QueueDriver[] = [];
    for (let number = 0; number < 6; number += 1) {
      const worker = await openNatsQueue(cluster.url, { leaseMs: 30_000 });
      await eventually(() => worker.depth());
      workers.push(worker);
    }

    let again = 0;
    for (const worker of workers)
      await worker.own(allShards).catch(() => {
        again += 1;
        return eventually(() => worker.own(allShards), electionMs);
      });

    // A machine that stalls, and servers that choose another one to lead, can cost one of them its first try.
    expect(again).toBeLessThanOrEqual(1);
    await eventually(() => sender.send(forEach(allShards)));
    await eventually(async () => expect(await workers.at(-1)?.receive(100, never)).not.toEqual([]));
    await Promise.all([first, sender, ...workers].map((queue) => queue.close()));
  });

  test.for([
    [
      "is killed, and comes back later",
      async (server: NatsServer, load: LaneLoad, worker: QueueDriver, cluster: NatsCluster) => {
        await server.kill();
        await load.works(electionMs);
        await eventually(
          async () => assert.match(await awayIn(worker), /^node-\d, .* silent for [\d.]+ s[.]/),
          electionMs,
        );
        await cluster.bringBack(server);
        await eventually(async () => assert.equal(await awayIn(worker), ""), electionMs);
      },
    ],
    [
      "is held, while another is chosen",
      async (server: NatsServer) => {
        await server.pause();
        await sleep(12_000);
        server.resume();
      },
    ],
  ] as const)(
    "lose nothing and keep the order when the one that leads %s",
    { timeout: 2 * timeout },
    async ([, trouble]) => {
      await using cluster = await NatsCluster.start(3);
      const [worker, sender] = await workerAndSender(cluster);
      const load = new LaneLoad(sender, worker);
      await load.works();

      expect(await awayIn(worker)).toBe("");
      await trouble(await leader(cluster), load, worker, cluster);

      await load.works(electionMs);
      // A consumer that is made now waits until its servers agree who leads it, while those of other shards go on.
      expect(await load.finish(electionMs)).toEqual([]);
      expect([load.disorder, load.surprises]).toEqual([[], []]);
      await eventually(async () => expect((await worker.depth()).messages).toBe(0));
      await Promise.all([worker, sender].map((queue) => queue.close()));
    },
  );

  // Servers that get too little of a busy machine choose others to lead, and that holds up everything.
  test(
    "hold up no shard but those whose consumers one of them leads, which hangs",
    { timeout: 300_000 },
    async () => {
      await expect(promptly(2_500, slowestWhileOneHangs)).resolves.toBeUndefined();
    },
  );

  test.for(["that one", "another"])(
    "tell that the one with the only copy is away, and no earlier that it is back, to whom is connected to %s",
    { timeout },
    async (where) => {
      await using cluster = await NatsCluster.start(3);
      await (await openNatsQueue(cluster.url, { leaseMs: 30_000 })).close();
      const only = await leader(cluster);
      const near = where === "that one" ? only : cluster.servers.find((server) => server !== only);
      const { log, facts } = recordedLog();
      const queue = await openNatsQueue(near?.url ?? "", { leaseMs: 30_000, log });

      await only.kill();

      await eventually(() => expect(queue.depth()).rejects.toThrow("no answer in time"), electionMs);
      await eventually(() => expect(facts()).toEqual(["queue.engine_lost"]));
      await cluster.bringBack(only);
      await eventually(() => queue.send([aMessage()]), electionMs);
      await eventually(() => expect(facts()).toEqual(["queue.engine_lost", "queue.engine_back"]));
      await queue.close();
    },
  );
});
