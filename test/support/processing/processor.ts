import type { Message } from "../../../src/event/message.ts";
import type { HookwellEvent } from "../../../src/event/typed-event.ts";
import type { LedgerDriver } from "../../../src/ledger/driver.ts";
import { memoryLedger } from "../../../src/ledger/drivers/memory/ledger.ts";
import { Ledger } from "../../../src/ledger/ledger.ts";
import type { EventDetail } from "../../../src/ledger/record.ts";
import type { Handler, HandlerContext } from "../../../src/process/handlers.ts";
import { Processor, type ProcessorOptions, type ProcessorParts } from "../../../src/process/processor.ts";
import type { QueueDriver } from "../../../src/queue/driver.ts";
import { openMemoryQueue } from "../../../src/queue/drivers/memory/queue.ts";
import { MemoryQueueStore } from "../../../src/queue/drivers/memory/store.ts";
import { Queue } from "../../../src/queue/queue.ts";
import { eventually } from "../../../src/testing/eventually.ts";
import { recordedLog, type RecordedLog } from "../../../src/testing/recorded-log.ts";

export interface ProcessorHarnessOptions extends Partial<ProcessorOptions> {
  /** One for all events, or several by pattern. Default: one that is done at once. */
  readonly handlers?: Handler | Readonly<Record<string, Handler>>;
  readonly onAttempt?: ProcessorParts["onAttempt"];
  readonly onFirstRun?: ProcessorParts["onFirstRun"];
  /** Puts something around the engines, such as chaos. */
  readonly wrapQueue?: (driver: QueueDriver) => QueueDriver;
  readonly wrapLedger?: (driver: LedgerDriver) => LedgerDriver;
}

/** A run of a handler. */
export interface HandlerRun {
  readonly event: HookwellEvent;
  readonly context: HandlerContext;
}

/** A processor over engines in memory, which the test itself reaches without anything around them. */
export interface ProcessorHarness extends AsyncDisposable {
  readonly processor: Processor;
  readonly queue: Queue;
  readonly queueDriver: QueueDriver;
  readonly ledger: LedgerDriver;
  readonly log: RecordedLog;
  /** Runs that were begun, in order. */
  readonly runs: readonly HandlerRun[];
  /** Ids of the events whose handler came to its good end, in order. */
  readonly handled: readonly string[];
  /** Puts events into the queue, past whatever is around it. */
  put(...messages: readonly Message[]): Promise<void>;
  /** Waits until the queue is empty. */
  settled(withinMs?: number): Promise<void>;
  detail(message: Message): Promise<EventDetail | undefined>;
}

/** So that a test need not wait. */
export const quickOptions: ProcessorOptions = {
  concurrency: 8,
  handlerTimeoutMs: 5_000,
  maxAttempts: 3,
  backoffMinMs: 1,
  backoffMaxMs: 5,
  leaseMs: 30_000,
};

/**
 * @example
 * ```ts
 * await using app = startProcessor({ handlers: slowly });
 * ```
 */
export function startProcessor(harness: ProcessorHarnessOptions = {}): ProcessorHarness {
  const {
    handlers = () => undefined,
    onAttempt,
    onFirstRun,
    wrapQueue = (same) => same,
    wrapLedger = (same) => same,
    ...options
  } = harness;
  const settings = { ...quickOptions, ...options };
  const store = new MemoryQueueStore();
  const { leaseMs } = settings;
  const queueDriver = openMemoryQueue(store, { leaseMs });
  const queue = new Queue(wrapQueue(openMemoryQueue(store, { leaseMs })), { highWater: 1_000_000 });
  const put = new Queue(queueDriver, { highWater: 1_000_000 });
  const ledger = memoryLedger();
  const log = recordedLog();
  const runs: HandlerRun[] = [];
  const handled: string[] = [];
  const watched = Object.entries(typeof handlers === "function" ? { "*": handlers } : handlers).map(
    ([pattern, handler]): [string, Handler] => [pattern, watch(handler, runs, handled)],
  );
  const parts = { queue, ledger: new Ledger(wrapLedger(ledger)), handlers: Object.fromEntries(watched) };
  const told = { ...(onAttempt && { onAttempt }), ...(onFirstRun && { onFirstRun }) };
  const processor = new Processor({ ...parts, log: log.log, ...told }, settings);
  return {
    processor,
    queue,
    queueDriver,
    ledger,
    log,
    runs,
    handled,
    put: (...messages) => put.put(messages),
    settled: (withinMs) =>
      eventually(async () => {
        const { messages } = await queueDriver.depth();
        if (messages > 0) throw new Error(`${messages} messages are left.`);
      }, withinMs),
    detail: ({ eventId }) => ledger.get(eventId),
    [Symbol.asyncDispose]: async () => {
      await processor.close(0);
      await queue.close();
      await queueDriver.close();
    },
  };
}

function watch(handler: Handler, runs: HandlerRun[], handled: string[]): Handler {
  return async (event, context) => {
    runs.push({ event, context });
    await handler(event, context);
    handled.push(event.eventId);
  };
}

/** Handlers that go wrong. */
export const fail = (error: string) => (): never => {
  throw new Error(error);
};
export const forever = (): Promise<never> => new Promise(() => undefined);
