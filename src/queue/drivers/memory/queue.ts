import type { Message } from "../../../event/message.ts";
import { type EngineReport, memoryReport } from "../../../lib/engines/engine-report.ts";
import {
  type Delivery,
  type QueueDepth,
  type QueueDriver,
  type QueueDriverOptions,
  receiveMs,
  type RetryOptions,
  type WorkersHistory,
} from "../../driver.ts";
import { MemoryQueueStore } from "./store.ts";

/** A queue that forgets everything when the process ends; for tests and demonstrations. */
export function memoryQueue(options: Partial<QueueDriverOptions> = {}): QueueDriver {
  return openMemoryQueue(new MemoryQueueStore(), options);
}

/** Opens one more consumer of a store, like another process on a file or a broker. */
export function openMemoryQueue(
  store: MemoryQueueStore,
  { leaseMs = 30_000 }: Partial<QueueDriverOptions> = {},
): QueueDriver {
  return new MemoryQueue(store, leaseMs);
}

class MemoryQueue implements QueueDriver {
  readonly #store: MemoryQueueStore;
  readonly #leaseMs: number;
  /** Receipts of what this consumer was handed out and has not answered. */
  readonly #held = new Set<string>();
  #owned: ReadonlySet<number> = new Set();
  #reservedFor: string | undefined;
  #closed = false;

  constructor(store: MemoryQueueStore, leaseMs: number) {
    this.#store = store;
    this.#leaseMs = leaseMs;
  }

  get shards(): number {
    return this.#store.shards;
  }

  async send(messages: readonly Message[]): Promise<void> {
    this.#store.add(messages);
  }

  async own(shards: readonly number[]): Promise<void> {
    const before = this.#owned;
    this.#owned = new Set(shards);
    for (const shard of shards) if (!before.has(shard)) this.#store.free(shard);
  }

  async reserve({ name, isShared }: WorkersHistory): Promise<number> {
    // With one shard the store stands for a file, which knows who is alive.
    const forMs = this.#store.shards === 1 ? Number.POSITIVE_INFINITY : this.#leaseMs;
    if (!this.#store.reserve(name, forMs)) return 0;
    this.#reservedFor = isShared ? undefined : name;
    return forMs;
  }

  async receive(max: number, signal: AbortSignal): Promise<readonly Delivery[]> {
    const end = this.#store.now() + receiveMs;
    while (!signal.aborted && !this.#closed) {
      const deliveries = this.#store.take(max, this.#leaseMs, this.#owned);
      for (const { receipt } of deliveries) this.#held.add(receipt);
      const leftMs = end - this.#store.now();
      if (deliveries.length > 0 || leftMs <= 0) return deliveries;
      await this.#store.change(leftMs, signal);
    }
    return [];
  }

  async ack(deliveries: readonly Delivery[]): Promise<void> {
    for (const { receipt } of deliveries) {
      this.#held.delete(receipt);
      this.#store.remove(receipt);
    }
  }

  async retry({ receipt }: Delivery, { delayMs, attempt }: RetryOptions): Promise<void> {
    this.#held.delete(receipt);
    this.#store.giveBack(receipt, delayMs, attempt);
  }

  async extend(deliveries: readonly Delivery[]): Promise<void> {
    for (const { receipt } of deliveries) this.#store.extend(receipt, this.#leaseMs);
  }

  async depth(): Promise<QueueDepth> {
    return this.#store.depth();
  }

  async report(): Promise<EngineReport> {
    return memoryReport;
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const receipt of this.#held) this.#store.giveBack(receipt, 0);
    this.#held.clear();
    if (this.#reservedFor !== undefined) this.#store.reserve(this.#reservedFor, 0);
    this.#store.changed();
  }
}
