import type { LedgerDriver } from "../../../src/ledger/driver.ts";
import { Ledger } from "../../../src/ledger/ledger.ts";
import { silentLog } from "../../../src/log.ts";
import { HandlerTable, type Handler } from "../../../src/process/handlers.ts";
import { Pipeline } from "../../../src/process/pipeline.ts";
import type { Queue } from "../../../src/queue/queue.ts";

export interface PipelineHarness {
  readonly queue: Queue;
  readonly ledger: LedgerDriver;
  readonly handler: Handler;
  readonly mayBegin?: () => boolean;
}

/** A pipeline that never stops; what it takes from the queue is the test's to say. */
export function startPipeline({ queue, ledger, handler, mayBegin = () => true }: PipelineHarness): Pipeline {
  const never = new AbortController().signal;
  return new Pipeline({
    queue,
    ledger: new Ledger(ledger),
    handlers: new HandlerTable({ "*": handler }),
    concurrency: 8,
    timeoutMs: 60_000,
    maxAttempts: 5,
    mayBegin,
    running: new Set(),
    now: Date.now,
    answeredMs: () => 0,
    log: silentLog,
    trouble: silentLog,
    givingUp: never,
    stopping: never,
    delayAfter: () => 0,
  });
}
