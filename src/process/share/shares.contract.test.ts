import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { answers, engineUrls } from "../../../test/support/servers/engines.ts";
import { quickOptions } from "../../../test/support/processing/processor.ts";
import { Line } from "../../../test/support/network/line.ts";
import { ownSchema } from "../../../test/support/drivers/postgres-harness.ts";
import type { Message } from "../../event/message.ts";
import { shardOf } from "../../event/shard.ts";
import { openPostgresLedger } from "../../ledger/drivers/postgres/ledger.ts";
import { Ledger } from "../../ledger/ledger.ts";
import { memoryQueue, openMemoryQueue } from "../../queue/drivers/memory/queue.ts";
import { MemoryQueueStore } from "../../queue/drivers/memory/store.ts";
import { Queue } from "../../queue/queue.ts";
import { QueueUnavailableError } from "../../errors.ts";
import { calm } from "../../../test/support/processing/cut-off.ts";
import { chaosQueue } from "../../testing/chaos.ts";
import { aMessage } from "../../testing/builders.ts";
import { eventually } from "../../testing/eventually.ts";
import { recordedLog } from "../../testing/recorded-log.ts";
import { Processor } from "../processor.ts";

const isThere = await answers("postgres");
const options = { ...quickOptions, concurrency: 1 };

describe.skipIf(!isThere)("a worker that is cut off from the ledger", () => {
  test("begins nothing more before others have its events", async () => {
    await using schema = ownSchema();
    await using line = await Line.to(engineUrls.postgres);
    const ledger = new Ledger(await openPostgresLedger(line.through(schema.url)));
    const other = await openPostgresLedger(schema.url);
    const queue = new Queue(memoryQueue(), { highWater: 1_000 });
    const begun: number[] = [];
    const handler = async (): Promise<void> => {
      begun.push(performance.now());
      await sleep(50);
    };
    const processor = new Processor(
      { queue, ledger, handlers: { "*": handler }, log: recordedLog().log },
      options,
    );
    await queue.put(Array.from({ length: 500 }, () => aMessage()));
    await eventually(() => expect(begun.length).toBeGreaterThan(2));
    await other.share(queue.shards);

    line.cut();

    await eventually(async () => expect((await other.share(queue.shards)).owned).not.toEqual([]), 15_000);
    const takenAt = performance.now();
    await sleep(500);
    expect(takenAt - Math.max(...begun)).toBeGreaterThan(500);
    await processor.close(100);
    await queue.close();
    await ledger.close();
    await other.close();
  });

  test("goes on with what it has when the line is back in time", async () => {
    await using schema = ownSchema();
    const ledger = new Ledger(await openPostgresLedger(schema.url));
    const queue = new Queue(memoryQueue(), { highWater: 1_000 });
    let handled = 0;
    const log = recordedLog();
    const handler = async (): Promise<void> => {
      await sleep(20);
      handled += 1;
    };
    const processor = new Processor({ queue, ledger, handlers: { "*": handler }, log: log.log }, options);
    await queue.put(Array.from({ length: 100 }, () => aMessage()));
    await eventually(() => expect(handled).toBeGreaterThan(2));

    await schema.query(
      `select pg_terminate_backend(pid) from pg_locks
         where locktype = 'advisory' and (classid::bigint << 32) + objid::bigint = (select lock from ${schema.name}.worker)`,
    );

    await eventually(() => expect(handled).toBe(100), 15_000);
    expect(log.facts()).not.toContain("process.share_lost");
    await processor.close(100);
    await queue.close();
    await ledger.close();
  });
});

test.skipIf(!isThere)(
  "a worker that stops while it leaves shards to others keeps them until its handlers have ended",
  async () => {
    await using schema = ownSchema();
    const ledger = new Ledger(await openPostgresLedger(schema.url));
    const other = await openPostgresLedger(schema.url);
    const queue = new Queue(openMemoryQueue(new MemoryQueueStore(undefined, 16)), { highWater: 1_000 });
    let running = 0;
    const gate = Promise.withResolvers<void>();
    const handler = async (): Promise<void> => {
      running += 1;
      await gate.promise;
      running -= 1;
    };
    const processor = new Processor(
      { queue, ledger, handlers: { "*": handler }, log: recordedLog().log },
      { ...options, concurrency: 200, handlerTimeoutMs: 60_000 },
    );
    await queue.put(Array.from({ length: 200 }, () => aMessage()));
    await eventually(() => expect(running).toBe(200));
    await other.share(queue.shards);
    // By now it knows that it has too many.
    await sleep(1_500);

    const closing = processor.close(10_000);

    await sleep(500);
    const { owned } = await other.share(queue.shards);
    expect(running).toBe(200);
    expect(owned).toEqual([]);
    gate.resolve();
    await closing;
    await queue.close();
    await ledger.close();
    expect((await other.share(queue.shards)).owned).toHaveLength(queue.shards);
    await other.close();
  },
  60_000,
);

test.skipIf(!isThere).each([
  { when: "before it hears of the other", knownForMs: 0 },
  { when: "while it leaves some to the other", knownForMs: 1_500 },
])(
  "a worker that the queue does not answer, $when, leaves its shards to one that it does when its handlers have ended",
  async ({ knownForMs }) => {
    await using schema = ownSchema();
    const ledger = new Ledger(await openPostgresLedger(schema.url));
    const other = await openPostgresLedger(schema.url);
    const driver = openMemoryQueue(new MemoryQueueStore(undefined, 16));
    let isAway = false;
    const unlessAway = <T>(work: () => Promise<T>): Promise<T> =>
      isAway ? Promise.reject(new QueueUnavailableError("It is away.")) : work();
    const queue = new Queue(
      {
        ...chaosQueue(driver, calm),
        reserve: (history) => unlessAway(() => driver.reserve(history)),
        own: (shards) => unlessAway(() => driver.own(shards)),
        ack: (deliveries) => unlessAway(() => driver.ack(deliveries)),
      },
      { highWater: 1_000 },
    );
    const [message, gate] = [ofShard(15), Promise.withResolvers<void>()];
    let begun = 0;
    const handler = (): Promise<void> => {
      begun += 1;
      return gate.promise;
    };
    const processor = new Processor(
      { queue, ledger, handlers: { "*": handler }, log: recordedLog().log },
      { ...options, handlerTimeoutMs: 60_000 },
    );
    await queue.put([message]);
    await eventually(() => expect(begun).toBe(1));
    await other.share(queue.shards);
    await sleep(knownForMs);

    isAway = true;
    await eventually(
      async () =>
        expect(await schema.query(`select from ${schema.name}.worker where not reaches_queue`)).toHaveLength(
          1,
        ),
      15_000,
    );
    await schema.query(`update ${schema.name}.worker set reach_since = reach_since - interval '15 s'`);
    await sleep(2_500);
    expect((await other.share(queue.shards)).owned).toEqual([]);
    gate.resolve();

    await eventually(
      async () => expect((await other.share(queue.shards)).owned).toHaveLength(queue.shards),
      15_000,
    );
    expect((await ledger.get(message.eventId))?.status).toBe("handled");
    await processor.close(100);
    await queue.close();
    await ledger.close();
    await other.close();
  },
  60_000,
);

/** An event of this shard; of the last ones are those that are left when there is another worker. */
function ofShard(shard: number): Message {
  for (;;) {
    const message = aMessage();
    if (shardOf(message, 16) === shard) return message;
  }
}
