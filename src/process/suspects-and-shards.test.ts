import { expect, test, vi } from "vitest";
import { calm, cutOffBefore, gates, named, runsThatEnded } from "../../test/support/processing/cut-off.ts";
import { startPipeline } from "../../test/support/processing/pipeline.ts";
import type { LedgerDriver } from "../ledger/driver.ts";
import { memoryLedger } from "../ledger/drivers/memory/ledger.ts";
import { memoryQueue } from "../queue/drivers/memory/queue.ts";
import { Queue } from "../queue/queue.ts";
import { chaosLedger } from "../testing/chaos.ts";

test("of what was running when a process ended, those that wait for their turn go back when their shard is left", async () => {
  const [driver, never] = [memoryLedger(), new AbortController().signal];
  const messages = named("a", "b", "c");
  for (const message of messages) await runsThatEnded(driver, message, 1);
  const queue = new Queue(cutOffBefore({ a: 2, b: 2, c: 2 })(memoryQueue()), { highWater: 100 });
  const back = vi.spyOn(queue, "retry");
  const { handler, running, end } = gates();
  const pipeline = startPipeline({ queue, ledger: driver, handler });
  await queue.put(messages);
  await queue.own([0]);
  for (const delivery of await queue.receive(10, never)) pipeline.take(delivery);
  await expect.poll(running).toEqual(["a"]);

  const leaving = pipeline.leave([0]);

  await expect.poll(() => back.mock.calls.length).toBe(2);
  end("a");
  await leaving;
  expect(running()).toEqual([]);
  await pipeline.close();
});

test("what was running when a process ended does not begin while it is not sure that it is ours", async () => {
  const driver = memoryLedger();
  const messages = named("a");
  for (const message of messages) await runsThatEnded(driver, message, 1);
  const queue = new Queue(cutOffBefore({ a: 2 })(memoryQueue()), { highWater: 100 });
  let isOurs = true;
  const mayBegin = vi.fn(() => isOurs);
  const ledger = {
    ...chaosLedger(driver, calm),
    begin: (...begun: Parameters<LedgerDriver["begin"]>) => {
      isOurs = false;
      mayBegin.mockClear();
      return driver.begin(...begun);
    },
  };
  const { handler, running, end } = gates();
  const pipeline = startPipeline({ queue, ledger, handler, mayBegin });
  await queue.put(messages);
  await queue.own([0]);
  for (const delivery of await queue.receive(10, new AbortController().signal)) pipeline.take(delivery);

  await expect.poll(() => mayBegin.mock.calls.length).toBeGreaterThan(2);
  expect(isOurs).toBe(false);
  expect(running()).toEqual([]);
  isOurs = true;

  await expect.poll(running).toEqual(["a"]);
  end("a");
  await pipeline.close();
});
