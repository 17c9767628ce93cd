import type { Message } from "../../../event/message.ts";
import { shardOf } from "../../../event/shard.ts";
import { Bell } from "../../../lib/async/bell.ts";
import type { Delivery, QueueDepth } from "../../driver.ts";

interface Entry {
  readonly message: Message;
  readonly shard: number;
  readonly sentAt: number;
  /** Hidden before this time: until a delay has passed, or a lease has ended. */
  readyAt: number;
  /** The attempt that the next hand-out carries. */
  attempt: number;
  /** True if it waits for no retry: if it is delayed, then only since a consumer sent it back as too early. */
  inPlace: boolean;
  /** The receipt of the newest hand-out; earlier ones no longer count. */
  receipt: string | undefined;
}

/** What several memory drivers share, as several processes share a file or a broker. Lives as long as it is used. */
export class MemoryQueueStore {
  readonly now: () => number;
  readonly shards: number;
  /** In the order of sending; what failed stands behind the rest. */
  readonly #entries = new Set<Entry>();
  /** What is handed out, by its receipt; its lease may have ended. */
  readonly #handedOut = new Map<string, Entry>();
  readonly #bell = new Bell();
  #receipts = 0;
  #reserved = { history: "", until: 0 };

  /** @param now a clock in ms that never goes back */
  constructor(now: () => number = () => performance.now(), shards = 1) {
    this.now = now;
    this.shards = shards;
  }

  add(messages: readonly Message[]): void {
    const sentAt = this.now();
    for (const message of messages) {
      const place = { shard: shardOf(message, this.shards), sentAt, readyAt: 0, attempt: 1, inPlace: true };
      this.#entries.add({ message: copyOf(message), ...place, receipt: undefined });
    }
    this.changed();
  }

  /** Frees what was handed out of this shard or sent back as too early. */
  free(shard: number): void {
    for (const entry of this.#entries) {
      if (entry.shard !== shard) continue;
      if (entry.receipt !== undefined) this.giveBack(entry.receipt, 0);
      else if (entry.inPlace) entry.readyAt = 0;
    }
  }

  /** Leases the oldest messages of these shards that are ready. */
  take(max: number, leaseMs: number, shards: ReadonlySet<number>): readonly Delivery[] {
    const now = this.now();
    const deliveries: Delivery[] = [];
    for (const entry of this.#entries) {
      if (deliveries.length >= max) break;
      if (entry.readyAt <= now && shards.has(entry.shard))
        deliveries.push(this.#handOut(entry, now + leaseMs));
    }
    return deliveries;
  }

  remove(receipt: string): void {
    const entry = this.#letGo(receipt);
    if (entry !== undefined) this.#entries.delete(entry);
  }

  /** @param attempt the one that the next hand-out carries; one more than the last if left out */
  giveBack(receipt: string, delayMs: number, attempt?: number): void {
    const entry = this.#letGo(receipt);
    if (entry === undefined) return;
    entry.inPlace = attempt === undefined || attempt === entry.attempt - 1;
    if (!entry.inPlace) {
      // It failed and loses its place: what was handed out meanwhile goes before it.
      this.#entries.delete(entry);
      this.#entries.add(entry);
    }
    entry.attempt = attempt ?? entry.attempt;
    entry.readyAt = this.now() + delayMs;
    this.changed();
  }

  /** The attempt that this hand-out carries; undefined if it no longer counts. */
  attemptOf(receipt: string): number | undefined {
    const entry = this.#handedOut.get(receipt);
    return entry && entry.attempt - 1;
  }

  extend(receipt: string, leaseMs: number): void {
    const entry = this.#handedOut.get(receipt);
    if (entry !== undefined) entry.readyAt = this.now() + leaseMs;
  }

  /** False if the queue is kept for another history; 0 ms end the reservation. */
  reserve(history: string, ms: number): boolean {
    const now = this.now();
    if (this.#reserved.history !== history && this.#reserved.until > now) return false;
    this.#reserved = { history, until: now + ms };
    return true;
  }

  depth(): QueueDepth {
    const now = this.now();
    let oldest = now;
    for (const { sentAt } of this.#entries) oldest = Math.min(oldest, sentAt);
    return { messages: this.#entries.size, oldestAgeMs: Math.floor(now - oldest) };
  }

  /** When something is ready next; in the past if something is ready already, `Infinity` if nothing waits. */
  get nextReadyAt(): number {
    let next = Infinity;
    for (const { readyAt } of this.#entries) next = Math.min(next, readyAt);
    return next;
  }

  /** How many are handed out and not answered. */
  get handedOut(): number {
    return this.#handedOut.size;
  }

  /** Resolves when something may be ready, at the latest after `ms` or when the signal is aborted. */
  async change(ms: number, signal: AbortSignal): Promise<void> {
    await this.#bell.wait(Math.min(ms, this.nextReadyAt - this.now()), signal);
  }

  /** Wakes everyone who waits for a change. */
  changed(): void {
    this.#bell.ring();
  }

  #handOut(entry: Entry, leasedUntil: number): Delivery {
    if (entry.receipt !== undefined) this.#handedOut.delete(entry.receipt);
    this.#receipts += 1;
    const receipt = String(this.#receipts);
    const { attempt } = entry;
    this.#handedOut.set(receipt, entry);
    entry.receipt = receipt;
    entry.readyAt = leasedUntil;
    entry.attempt += 1;
    return { receipt, message: copyOf(entry.message), attempt };
  }

  /** Ends a hand-out; nothing happens if a newer one took its place. */
  #letGo(receipt: string): Entry | undefined {
    const entry = this.#handedOut.get(receipt);
    if (entry === undefined) return undefined;
    this.#handedOut.delete(receipt);
    entry.receipt = undefined;
    return entry;
  }
}

/** Copies the bytes too, since the sender or the receiver may use the buffer again. */
const copyOf = (message: Message): Message => ({ ...message, body: new Uint8Array(message.body) });
