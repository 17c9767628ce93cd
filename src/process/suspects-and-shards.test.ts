import { expect, test, vi } from "vitest";
import { cutOffBefore, gates, named, runsThatEnded } from "../../test/support/processing/cut-off.ts";
import { memoryLedger } from "../ledger/drivers/memory/ledger.ts";
import { Ledger } from "../ledger/ledger.ts";
import { silentLog } from "../log.ts";
import { memoryQueue } from "../queue/drivers/memory/queue.ts";
import { Queue } from "../queue/queue.ts";
import { HandlerTable } from "./handlers.ts";
import { Pipeline } from "./pipeline.ts";

test("of what was running when a process ended, those that wait for their turn go back when their shard is left", async () => {
  const [driver, never] = [memoryLedger(), new AbortController().signal];
  const messages = named("a", "b", "c");
  for (const message of messages) await runsThatEnded(driver, message, 1);
  const queue = new Queue(cutOffBefore({ a: 2, b: 2, c: 2 })(memoryQueue()), { highWater: 100 });
  const back = vi.spyOn(queue, "retry");
  const { handler, running, end } = gates();
  const pipeline = new Pipeline({
    queue,
    ledger: new Ledger(driver),
    handlers: new HandlerTable({ "*": handler }),
    concurrency: 8,
    timeoutMs: 60_000,
    maxAttempts: 5,
    mayBegin: () => true,
    now: Date.now,
    answeredMs: () => 0,
    log: silentLog,
    trouble: silentLog,
    givingUp: never,
    stopping: never,
    delayAfter: () => 0,
  });
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
