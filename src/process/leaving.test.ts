import { setImmediate as turn } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { calm, gates, named } from "../../test/support/processing/cut-off.ts";
import { startPipeline } from "../../test/support/processing/pipeline.ts";
import type { LedgerDriver } from "../ledger/driver.ts";
import { memoryLedger } from "../ledger/drivers/memory/ledger.ts";
import { memoryQueue } from "../queue/drivers/memory/queue.ts";
import { Queue } from "../queue/queue.ts";
import { aMessage } from "../testing/builders.ts";
import { chaosLedger } from "../testing/chaos.ts";

test("a shard is left when the outcome of what has begun is written down, not before; other shards keep nobody waiting", async () => {
  const ledger = memoryLedger();
  const queue = new Queue(memoryQueue(), { highWater: 100 });
  const { handler, running, end } = gates();
  const pipeline = startPipeline({ queue, ledger, handler });
  await queue.put(named("a"));
  await queue.own([0]);
  for (const delivery of await queue.receive(10, new AbortController().signal)) pipeline.take(delivery);
  await expect.poll(running).toEqual(["a"]);
  const left = vi.fn();

  await pipeline.leave([1]);
  const leaving = pipeline.leave([0]).then(left);
  await turn();
  expect(left).not.toHaveBeenCalled();
  end("a");
  await leaving;

  expect(await ledger.get("a")).toMatchObject({ status: "handled" });
  await pipeline.close();
});

test("an event that the ledger admits while its shard is being left goes back to the queue, and does not begin", async () => {
  const ledger = memoryLedger();
  const admitted = Promise.withResolvers<void>();
  const admit = vi.fn((...messages: Parameters<LedgerDriver["admit"]>) =>
    admitted.promise.then(() => ledger.admit(...messages)),
  );
  const driver = memoryQueue();
  const queue = new Queue(driver, { highWater: 100 });
  const handler = vi.fn();
  const pipeline = startPipeline({ queue, ledger: { ...chaosLedger(ledger, calm), admit }, handler });
  await queue.put(named("a"));
  await queue.own([0]);
  for (const delivery of await queue.receive(10, new AbortController().signal)) pipeline.take(delivery);
  await expect.poll(() => admit.mock.calls.length).toBe(1);

  const leaving = pipeline.leave([0]);
  admitted.resolve();
  await leaving;

  expect(handler).not.toHaveBeenCalled();
  expect((await driver.depth()).messages).toBe(1);
  await pipeline.close();
});

test("the events of a shard that was left and is ours again are handled", async () => {
  const ledger = memoryLedger();
  const queue = new Queue(memoryQueue(), { highWater: 100 });
  const pipeline = startPipeline({ queue, ledger, handler: () => undefined });
  await pipeline.leave([0]);
  await queue.put(named("a"));
  await queue.own([0]);

  pipeline.enter([0]);
  for (const delivery of await queue.receive(10, new AbortController().signal)) pipeline.take(delivery);

  await expect.poll(() => ledger.get("a")).toMatchObject({ status: "handled" });
  await pipeline.close();
});

test("what waits behind an event that has begun goes back to the queue when its shard is left", async () => {
  const driver = memoryQueue();
  const queue = new Queue(driver, { highWater: 100 });
  const { handler, running, end } = gates();
  const pipeline = startPipeline({ queue, ledger: memoryLedger(), handler });
  await queue.put(
    [1, 2].map((revision) => aMessage({ eventId: `${revision}`, entity: "message:1", revision })),
  );
  await queue.own([0]);
  for (const delivery of await queue.receive(10, new AbortController().signal)) pipeline.take(delivery);
  await expect.poll(running).toEqual(["1"]);

  const leaving = pipeline.leave([0]);
  end("1");
  await leaving;

  expect(running()).toEqual([]);
  expect((await driver.depth()).messages).toBe(1);
  await pipeline.close();
});
