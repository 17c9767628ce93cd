import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AmqpCluster } from "../../../../test/support/servers/amqp-cluster.ts";
import { withNames } from "../../../../test/support/drivers/amqp-harness.ts";
import { answers } from "../../../../test/support/servers/engines.ts";
import { QueueLoad } from "../../../../test/support/drivers/queue-load.ts";
import { eventually } from "../../../testing/eventually.ts";
import { recordedLog } from "../../../testing/recorded-log.ts";
import { messages, never, ownAll, textsOf } from "../../../testing/queue-driver/harness.ts";
import type { Log } from "../../../log.ts";
import type { QueueDriver } from "../../driver.ts";
import { openAmqpQueue } from "./queue.ts";

const isThere = await answers("amqp");
const timeout = 90_000;

let starting: Promise<AmqpCluster> | undefined;
let cluster: AmqpCluster;
beforeAll(async () => {
  if (isThere) cluster = await (starting = AmqpCluster.start(3));
}, timeout);
// Also of a cluster that was too slow for the tests: its nodes would stay.
afterAll(async () => await (await starting)?.[Symbol.asyncDispose](), timeout);

const all = Array.from({ length: 16 }, (_, shard) => shard);

/** Opens a queue by way of a node, and of the next ones when that is gone. */
type Open = (node: number, log?: Log) => Promise<QueueDriver>;

const onCluster = (run: (open: Open) => Promise<void>): Promise<void> =>
  withNames(
    ({ names }) =>
      run((node, log = recordedLog().log) =>
        openAmqpQueue(`${cluster.url(node)}?name=${names.exchange}`, { leaseMs: 30_000, log }),
      ),
    cluster.node(2).url,
  );

describe.skipIf(!isThere)("with three nodes", () => {
  test("nothing confirmed is lost when the node of a sender and a worker is killed", { timeout }, () =>
    onCluster(async (open) => {
      const { log, facts } = recordedLog();
      const [sender, consumer] = [await open(0, log), await open(0)];
      await ownAll(consumer);
      const load = new QueueLoad(sender, consumer, { senders: 2, batch: 20 });
      await load.works(500, 30_000);

      await cluster.node(0).kill();
      try {
        await load.works(500, 30_000);
        // It is back when all of its connections are, and one is enough to go on.
        await eventually(() => expect(facts()).toEqual(["queue.engine_lost", "queue.engine_back"]));
      } finally {
        await cluster.node(0).start();
      }

      await load.works(500, 30_000);
      await load.empties();
      expect(await load.finish()).toEqual([]);
      await Promise.all([sender.close(), consumer.close()]);
    }),
  );

  test("a node that comes back disturbs no order", { timeout }, () =>
    onCluster(async (open) => {
      // RabbitMQ takes them for alive again when their node is back, until it looks.
      const gone = await Promise.all(Array.from({ length: 6 }, () => open(1)));
      for (const driver of gone) await driver.own(all);
      const [sender, worker] = [await open(0), await open(2)];
      await worker.own(all);
      await cluster.node(1).kill();
      await Promise.all(gone.map((driver) => driver.close()));

      const restarted = cluster.node(1).start();
      const { sent, received } = await passThrough(sender, worker, restarted);

      expect(received).toEqual(sent);
      await Promise.all([sender.close(), worker.close()]);
    }),
  );
});

/** Sends ten at a time until then, and keeps more waiting than a worker may hold of a shard. */
async function passThrough(
  sender: QueueDriver,
  worker: QueueDriver,
  until: Promise<void>,
): Promise<{ readonly sent: readonly string[]; readonly received: readonly string[] }> {
  const [sent, received]: [string[], string[]] = [[], []];
  const over = new AbortController();
  const ended = until.finally(() => over.abort());
  const receive = async (): Promise<void> => {
    const deliveries = await worker.receive(100, never);
    await worker.ack(deliveries);
    received.push(...textsOf(deliveries));
  };
  const send = async (): Promise<void> => {
    const batch = messages(`batch ${sent.length}`, 10);
    await sender.send(batch);
    sent.push(...batch.map(({ body }) => new TextDecoder().decode(body)));
  };
  while (!over.signal.aborted) {
    await send();
    while (received.length < sent.length - 600) await receive();
  }
  while (received.length < sent.length) await receive();
  await ended;
  assert.ok(sent.length > 1_000, `only ${sent.length} were sent`);
  return { sent, received };
}
