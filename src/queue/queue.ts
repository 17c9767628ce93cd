import { ClosedError, HookwellError, QueueUnavailableError } from "../errors.ts";
import type { Message } from "../event/message.ts";
import { atMost } from "../lib/async/within.ts";
import type { EngineReport } from "../lib/engines/engine-report.ts";
import { errorText } from "../lib/is-error.ts";
import type {
  Delivery,
  QueueDepth,
  QueueDriver,
  QueueInlet,
  RetryOptions,
  WorkersHistory,
} from "./driver.ts";

export interface QueueOptions {
  /** `put` refuses while this many messages or more are waiting. */
  readonly highWater: number;
}

/** How old the known depth may be when a message is put, in ms; the hot path never waits for a count. */
const depthAgeMs = 250;

/** How long one that would be refused waits for the count, in ms. A spill beside an engine that hangs has one after 1 s. */
const mostCountMs = 1_500;

/** Bytes that may be on their way to the engine; when it stalls, the memory must not fill. */
const mostSending = 256 * 1024 * 1024;

/** The durable hand-over between receiving and processing: what all engines share, over the driver of one. */
export class Queue {
  readonly #driver: QueueDriver;
  readonly #inlet: QueueInlet;
  readonly #highWater: number;
  /** Messages that wait, as far as known. */
  #waiting = 0;
  /** Messages that were put since the start, and those that are being put. */
  #taken = 0;
  #underWay = 0;
  /** Bytes of the latter. */
  #sending = 0;
  /** By a clock that is never set back; else nothing would be counted until it has caught up. */
  #countedAt = -Infinity;
  #counting: Promise<unknown> | undefined;
  #closed: Promise<void> | undefined;

  /** @param inlet what stands in front of the driver where messages go in, and closes it */
  constructor(driver: QueueDriver, options: QueueOptions, inlet: QueueInlet = driver) {
    this.#driver = driver;
    this.#inlet = inlet;
    this.#highWater = options.highWater;
  }

  /**
   * Resolves when every message is durable.
   *
   * @throws {QueueUnavailableError} if the engine cannot take them now, or too many are waiting
   */
  async put(messages: readonly Message[]): Promise<void> {
    const count = this.#countSoon();
    if (this.#waiting >= this.#highWater) await this.#assertRoom(count);
    if (this.#sending > mostSending) {
      throw new QueueUnavailableError(
        "The engine is slower than what comes in; too much waits to be written.",
      );
    }
    const bytes = messages.reduce((sum, { body }) => sum + body.length, 0);
    this.#sending += bytes;
    this.#underWay += messages.length;
    try {
      await this.#ask("take messages", () => this.#inlet.send(messages));
    } finally {
      this.#sending -= bytes;
      this.#underWay -= messages.length;
    }
    this.#waiting += messages.length;
    this.#taken += messages.length;
  }

  /** See `QueueDriver.shards`. */
  get shards(): number {
    return this.#driver.shards;
  }

  /** See `QueueDriver.own`. */
  own(shards: readonly number[]): Promise<void> {
    return this.#ask("give a share of the messages", () => this.#driver.own(shards));
  }

  /** See `QueueDriver.reserve`. */
  reserve(history: WorkersHistory): Promise<number> {
    return this.#ask("be kept for one history", () => this.#driver.reserve(history));
  }

  /** Up to `max` deliveries, leased; waits about a second at most. */
  receive(max: number, signal: AbortSignal): Promise<readonly Delivery[]> {
    return this.#ask("hand out messages", () => this.#driver.receive(max, signal));
  }

  ack(deliveries: readonly Delivery[]): Promise<void> {
    return this.#ask("forget messages", () => this.#driver.ack(deliveries));
  }

  retry(delivery: Delivery, options: RetryOptions): Promise<void> {
    return this.#ask("take a message back", () => this.#driver.retry(delivery, options));
  }

  extend(deliveries: readonly Delivery[]): Promise<void> {
    return this.#ask("extend leases", () => this.#driver.extend(deliveries));
  }

  async depth(): Promise<QueueDepth> {
    const takenBefore = this.#taken;
    const depth = await this.#ask("count messages", () => this.#inlet.depth());
    // What was put meanwhile is counted or not, and nobody can tell: what was known before stands if it can be true.
    const least = depth.messages - this.#underWay;
    const most = depth.messages + this.#taken - takenBefore;
    this.#waiting = Math.min(Math.max(this.#waiting, least), most);
    return depth;
  }

  report(): Promise<EngineReport> {
    return this.#ask("tell what it is", () => this.#driver.report());
  }

  close(): Promise<void> {
    this.#closed ??= this.#inlet.close();
    return this.#closed;
  }

  /**
   * What was there before a pause may be gone by now, so whoever has begun a count waits for it. No other does: all of
   * them would come in when it ends, and fill the memory until then.
   */
  async #assertRoom(count: Promise<unknown> | undefined): Promise<void> {
    if (count !== undefined) await atMost(mostCountMs, count);
    this.#assertOpen();
    if (this.#waiting < this.#highWater) return;
    throw new QueueUnavailableError(
      `${this.#waiting} messages are waiting, and HOOKWELL_QUEUE_MAX (--queue-max) is ${this.#highWater}: ` +
        "make sure that a worker handles them, or set it higher.",
    );
  }

  /** @returns the count that it has begun; undefined if one is under way, or the last one is not old */
  #countSoon(): Promise<unknown> | undefined {
    if (this.#counting !== undefined || performance.now() - this.#countedAt < depthAgeMs) return undefined;
    const takenBefore = this.#taken;
    const counted = (): void => this.#counted(takenBefore);
    // A queue that cannot count cannot take messages either; `put` reports that itself.
    this.#counting = this.depth().then(counted, counted);
    return this.#counting;
  }

  #counted(takenBefore: number): void {
    // If messages are refused that may have been handled while they were counted, the next count comes at once.
    const isSure = this.#waiting < this.#highWater || this.#taken === takenBefore;
    this.#countedAt = isSure ? performance.now() : -Infinity;
    this.#counting = undefined;
  }

  async #ask<T>(what: string, call: () => Promise<T>): Promise<T> {
    this.#assertOpen();
    try {
      return await call();
    } catch (cause) {
      // What fails since the queue was closed meanwhile is nobody's trouble.
      this.#assertOpen();
      if (cause instanceof HookwellError) throw cause;
      const reason = errorText(cause);
      throw new QueueUnavailableError(`The queue cannot ${what}: ${reason}`, { cause });
    }
  }

  #assertOpen(): void {
    if (this.#closed !== undefined) throw new ClosedError("queue");
  }
}
