import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { amqpHarness } from "../../test/support/drivers/amqp-harness.ts";
import { answers, engineUrls } from "../../test/support/servers/engines.ts";
import { quickOptions } from "../../test/support/processing/processor.ts";
import { Line } from "../../test/support/network/line.ts";
import {
  type OwnSchema,
  ownSchema,
  postgresQueueHarness,
} from "../../test/support/drivers/postgres-harness.ts";
import { openPostgresLedger } from "../ledger/drivers/postgres/ledger.ts";
import { Ledger } from "../ledger/ledger.ts";
import type { QueueDriver } from "../queue/driver.ts";
import { Queue } from "../queue/queue.ts";
import { aMessage } from "../testing/builders.ts";
import { eventually } from "../testing/eventually.ts";
import { recordedLog } from "../testing/recorded-log.ts";
import { Processor } from "./processor.ts";

const isThere = (await answers("postgres")) && (await answers("amqp"));
const timeout = 60_000;

/** Whether this worker, or nobody, has shards in the ledger. */
async function hasShards({ name, query }: OwnSchema, worker: unknown): Promise<boolean> {
  const owners = await query(`select owner from ${name}.shard`);
  return owners.some(({ owner }) => owner === worker || owner === null);
}

async function aWorker(driver: QueueDriver, ledgerUrl: string, handled: Set<string>) {
  const ledger = new Ledger(await openPostgresLedger(ledgerUrl));
  const queue = new Queue(driver, { highWater: 10_000 });
  const handler = ({ eventId }: { readonly eventId: string }): void => void handled.add(eventId);
  const processor = new Processor(
    { queue, ledger, handlers: { "*": handler }, log: recordedLog().log },
    quickOptions,
  );
  const close = async (): Promise<void> => {
    await processor.close(100);
    await queue.close();
    await ledger.close();
  };
  return { queue, close };
}

// Where the queue is on another server than the ledger. RabbitMQ gives to nobody else what a connection was handed.
test.skipIf(!isThere).for([
  { engine: "PostgreSQL", harness: postgresQueueHarness, goneMs: 0, soonMs: 8_000 },
  { engine: "RabbitMQ", harness: () => amqpHarness(), goneMs: 20_000, soonMs: 10_000 },
])(
  "a worker that is cut off from the ledger alone keeps no event in $engine from those who have its shards",
  { timeout },
  async ({ harness, goneMs, soonMs }) => {
    await using schema = ownSchema();
    await using line = await Line.to(engineUrls.postgres);
    const { open, dispose } = await harness();
    const handled = new Set<string>();
    const cut = await aWorker(await open({ leaseMs: 30_000 }), line.through(schema.url), handled);
    await cut.queue.put([aMessage({ eventId: "first" })]);
    await eventually(() => expect(handled).toContain("first"), 10_000);
    const [row] = await schema.query(`select id from ${schema.name}.worker`);

    line.cut();
    const cutAt = performance.now();
    const other = await aWorker(await open({ leaseMs: 30_000 }), schema.url, handled);
    await eventually(async () => expect(await hasShards(schema, row?.["id"])).toBe(false));
    await sleep(Math.max(500, cutAt + goneMs - performance.now()));
    const sender = await open({ leaseMs: 30_000 });
    for (let lists = 0; lists < 40; lists += 1) {
      await sender.send(Array.from({ length: 10 }, () => aMessage()));
      await sleep(20);
    }

    await eventually(() => expect(handled.size).toBe(401), soonMs);
    await eventually(async () => expect((await sender.depth()).messages).toBe(0), soonMs);
    await cut.close();
    await other.close();
    await dispose();
  },
);
