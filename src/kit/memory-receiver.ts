import { webReceiver } from "../adapters/web.ts";
import type { Config } from "../config/load-config.ts";
import { ClosedError } from "../errors.ts";
import { Families } from "../event/entity.ts";
import { replayCopy } from "../event/replay-copy.ts";
import { memoryLedger } from "../ledger/drivers/memory/ledger.ts";
import { Ledger } from "../ledger/ledger.ts";
import type { Log } from "../log.ts";
import { Processor } from "../process/processor.ts";
import { openMemoryQueue } from "../queue/drivers/memory/queue.ts";
import { Queue } from "../queue/queue.ts";
import { copyNames } from "../receive/copy-name.ts";
import { createReceive, type Receive } from "../receive/receive.ts";
import type { VirtualClock } from "../sandbox/clock.ts";
import { HandMovedStore } from "./hand-moved-store.ts";
import { listenOn, type Listening } from "./listen-on.ts";
import { NotedLedgerStore } from "./noted-ledger-store.ts";
import { type SeenEvent, seenEvent } from "./seen-event.ts";

/** Both halves of Hookwell, with their stores in memory and a clock that is moved by hand. */
export class MemoryReceiver {
  readonly fetch: (request: Request) => Promise<Response>;
  readonly #bodyLimit: number;
  readonly #messages: HandMovedStore;
  readonly #known = new NotedLedgerStore();
  readonly #queue: Queue;
  readonly #ledger: Ledger;
  readonly #processor: Processor;
  readonly #receive: Receive;
  readonly #newCopy = copyNames();
  readonly #closing = new AbortController();
  #listening: Promise<Listening> | undefined;
  #closed: Promise<void> | undefined;

  constructor(config: Config, secret: string, clock: VirtualClock, log: Log) {
    const now = (): number => clock.now();
    this.#messages = new HandMovedStore(clock);
    this.#bodyLimit = config.bodyLimit;
    // What is handed out comes back by its answer, never by the clock.
    const driver = openMemoryQueue(this.#messages, { leaseMs: Infinity });
    const queue = new Queue(driver, { highWater: config.queueMax });
    const ledger = new Ledger(memoryLedger(this.#known, now));
    this.#queue = queue;
    this.#ledger = ledger;
    const secrets = [{ name: "default", value: secret }];
    this.#receive = createReceive({
      queue,
      families: new Families(config.families),
      quarantine: { add: async () => undefined, addIfRoom: () => undefined, keeps: () => false },
      secrets: () => secrets,
      onVerified: () => undefined,
      newCopy: this.#newCopy,
      now,
      log,
    });
    this.fetch = webReceiver(this.#receive, config);
    this.#processor = new Processor(
      // No luck in a test: each wait is as long as it can be.
      { queue, ledger, handlers: config.handlers, log, now, random: () => 1 },
      {
        concurrency: config.concurrency,
        handlerTimeoutMs: config.handlerTimeout,
        maxAttempts: config.maxAttempts,
        backoffMinMs: config.backoffMin,
        backoffMaxMs: config.backoffMax,
        leaseMs: heartbeatMs,
      },
    );
  }

  /** True if nothing is under way, and nothing is left to do before the clock moves. */
  get isIdle(): boolean {
    return this.#messages.isIdle;
  }

  /** @throws {ClosedError} if it is closed before it is idle */
  async idle(): Promise<void> {
    const { signal } = this.#closing;
    await this.#messages.idle(signal);
    if (signal.aborted) throw new ClosedError("test kit");
  }

  events(): readonly SeenEvent[] {
    return [...this.#known.entries.values()].map(seenEvent);
  }

  event(eventId: string): SeenEvent | undefined {
    const entry = this.#known.entries.get(eventId);
    return entry && seenEvent(entry);
  }

  handled(): readonly SeenEvent[] {
    return this.#known.inOrderHandled().map(seenEvent);
  }

  async replay(eventId: string): Promise<void> {
    const [message, record] = await Promise.all([this.#ledger.message(eventId), this.#ledger.get(eventId)]);
    if (message === undefined || record === undefined)
      throw new RangeError(`No event with the id ${eventId} has been taken from the queue.`);
    const copy = replayCopy(this.#newCopy(), message.copy, record.attempts);
    await this.#queue.put([{ ...message, copy, replay: true }]);
    await this.#ledger.reopen(eventId, copy);
  }

  async listen(): Promise<string> {
    this.#listening ??= listenOn(this.#receive, this.#bodyLimit);
    return (await this.#listening).url;
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#closing.abort();
    await (await this.#listening)?.close();
    await this.#processor.close(0);
    await this.#queue.close();
    await this.#ledger.close();
  }
}

/** How often the processor extends the leases, which are endless here. */
const heartbeatMs = 90_000;
