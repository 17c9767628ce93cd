import { ClosedError, HookwellError, QueueUnavailableError } from "../errors.ts";
import type { Message } from "../event/message.ts";
import type { EngineReport } from "../lib/engine-report.ts";
import type { Delivery, QueueDepth, QueueDriver, RetryOptions } from "./driver.ts";

export interface QueueOptions {
  /** `put` refuses while this many messages or more are waiting. */
  readonly highWater: number;
}

/** How old the known depth may be when a message is put, in ms; the hot path never waits for a count. */
const depthAgeMs = 250;

/** Bytes that may be on their way to the engine; when it stalls, the memory must not fill. */
const mostSending = 256 * 1024 * 1024;

/** The durable hand-over between receiving and processing: what all engines share, over the driver of one. */
export class Queue {
  readonly #driver: QueueDriver;
  readonly #highWater: number;
  #waiting = 0;
  #sending = 0;
  /** On a clock that is never set back: one that is would keep it from counting for as long. */
  #countedAt = -Infinity;
  #counting: Promise<unknown> | undefined;
  #closed: Promise<void> | undefined;

  constructor(driver: QueueDriver, options: QueueOptions) {
    this.#driver = driver;
    this.#highWater = options.highWater;
  }

  /**
   * Resolves when every message is durable.
   *
   * @throws {QueueUnavailableError} if the engine cannot take them now, or too many are waiting
   */
  async put(messages: readonly Message[]): Promise<void> {
    this.#open();
    this.#countSoon();
    if (this.#waiting >= this.#highWater) {
      throw new QueueUnavailableError(
        `${this.#waiting} messages are waiting; the limit is ${this.#highWater}.`,
      );
    }
    if (this.#sending > mostSending) {
      throw new QueueUnavailableError(
        "The engine is slower than what comes in; too much waits to be written.",
      );
    }
    const bytes = messages.reduce((sum, { body }) => sum + body.length, 0);
    this.#sending += bytes;
    try {
      await translated("take messages", this.#driver.send(messages));
    } finally {
      this.#sending -= bytes;
    }
    this.#waiting += messages.length;
  }

  /** See `QueueDriver.shards`. */
  get shards(): number {
    return this.#driver.shards;
  }

  /** See `QueueDriver.own`. */
  own(shards: readonly number[]): Promise<void> {
    this.#open();
    return translated("give a share of the messages", this.#driver.own(shards));
  }

  /** See `QueueDriver.reserve`. */
  reserve(history: string, isShared: boolean): Promise<number> {
    this.#open();
    return translated("be kept for one history", this.#driver.reserve(history, isShared));
  }

  /** Up to `max` deliveries, leased; waits about a second at most. */
  receive(max: number, signal: AbortSignal): Promise<readonly Delivery[]> {
    this.#open();
    return translated("hand out messages", this.#driver.receive(max, signal));
  }

  ack(deliveries: readonly Delivery[]): Promise<void> {
    this.#open();
    return translated("forget messages", this.#driver.ack(deliveries));
  }

  retry(delivery: Delivery, options: RetryOptions): Promise<void> {
    this.#open();
    return translated("take a message back", this.#driver.retry(delivery, options));
  }

  extend(deliveries: readonly Delivery[]): Promise<void> {
    this.#open();
    return translated("extend leases", this.#driver.extend(deliveries));
  }

  async depth(): Promise<QueueDepth> {
    this.#open();
    const depth = await translated("count messages", this.#driver.depth());
    this.#waiting = depth.messages;
    return depth;
  }

  report(): Promise<EngineReport> {
    this.#open();
    return translated("tell what it is", this.#driver.report());
  }

  close(): Promise<void> {
    this.#closed ??= this.#driver.close();
    return this.#closed;
  }

  #open(): void {
    if (this.#closed !== undefined) throw new ClosedError("queue");
  }

  #countSoon(): void {
    if (this.#counting !== undefined || performance.now() - this.#countedAt < depthAgeMs) return;
    this.#counting = this.depth().then(
      () => this.#counted(),
      // A queue that cannot count cannot take messages either; `put` reports that itself.
      () => this.#counted(),
    );
  }

  #counted(): void {
    this.#countedAt = performance.now();
    this.#counting = undefined;
  }
}

async function translated<T>(what: string, result: Promise<T>): Promise<T> {
  try {
    return await result;
  } catch (cause) {
    if (cause instanceof HookwellError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new QueueUnavailableError(`The queue cannot ${what}: ${reason}`, { cause });
  }
}
