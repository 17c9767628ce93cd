import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { answers } from "../../../../test/support/engines.ts";
import { LaneLoad } from "../../../../test/support/lane-load.ts";
import { NatsCluster } from "../../../../test/support/nats-cluster.ts";
import { withManager } from "../../../../test/support/nats-harness.ts";
import type { NatsServer } from "../../../../test/support/nats-server.ts";
import { aMessage } from "../../../testing/builders.ts";
import { eventually } from "../../../testing/eventually.ts";
import { collect } from "../../../testing/queue-driver/harness.ts";
import { recordedLog } from "../../../testing/recorded-log.ts";
import type { QueueDriver } from "../../driver.ts";
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

/** The server that leads the stream of the events. */
async function leader({ servers, servers: [any] }: NatsCluster): Promise<NatsServer> {
  assert.ok(any !== undefined);
  let name: string | undefined;
  await withManager(any, async (manager) => {
    name = (await manager.streams.info("hookwell")).cluster?.leader;
  });
  const found = servers[Number(name?.replace("node-", ""))];
  assert.ok(found !== undefined);
  return found;
}

describe.skipIf(!(await answers("nats")))("several NATS servers", () => {
  test(
    "hand out at once all that comes at the same moment, whoever leads its consumer",
    { timeout },
    async () => {
      await using cluster = await NatsCluster.start(3);
      const [worker, sender] = await workerAndSender(cluster);

      for (let round = 0; round < 100; round += 1) {
        const sending = sender.send(Array.from({ length: 10 }, () => aMessage()));
        await worker.ack(await collect(worker, 10, { withinMs: 15_000 }));
        await sending;
      }

      // The copies of a message go a moment after it was acknowledged.
      await eventually(async () => expect((await worker.depth()).messages).toBe(0));
      await Promise.all([worker, sender].map((queue) => queue.close()));
    },
  );

  test.for([
    [
      "is killed, and comes back later",
      async (server: NatsServer, load: LaneLoad) => {
        await server.kill();
        await load.works(electionMs);
        await server.start();
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
    { timeout },
    async ([, trouble]) => {
      await using cluster = await NatsCluster.start(3);
      const [worker, sender] = await workerAndSender(cluster);
      const load = new LaneLoad(sender, worker);
      await load.works();

      await trouble(await leader(cluster), load);

      await load.works(electionMs);
      expect(await load.finish()).toEqual([]);
      expect([load.disorder, load.surprises]).toEqual([[], []]);
      await eventually(async () => expect((await worker.depth()).messages).toBe(0));
      await Promise.all([worker, sender].map((queue) => queue.close()));
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
      await only.start();
      await eventually(() => queue.send([aMessage()]), electionMs);
      await eventually(() => expect(facts()).toEqual(["queue.engine_lost", "queue.engine_back"]));
      await queue.close();
    },
  );
});
