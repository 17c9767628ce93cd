import { bytesOf, type Delivery } from "../queue/driver.ts";

/** Deliveries that may be under way at once; enough that a commit is shared by many. */
const mostDeliveries = 8_000;
/** And their bytes, so that large events do not fill the memory. */
const mostBytes = 64 * 1024 * 1024;

/** What has been taken from the queue and is not answered yet. */
export class InFlight {
  readonly #deliveries = new Map<string, Delivery>();
  /** By receipt, those that were handed out again while they are under way. */
  readonly #again = new Map<string, Delivery>();
  #bytes = 0;
  #closed = false;
  /** Resolves with the next change. */
  #change = Promise.withResolvers<void>();

  /**
   * False if this delivery is under way already: its lease ended, or its next attempt came before we heard that its
   * retry was stored. Then it waits, and `remove` gives it back.
   */
  add(delivery: Delivery): boolean {
    if (this.#deliveries.has(delivery.receipt)) {
      this.#again.set(delivery.receipt, delivery);
      return false;
    }
    this.#deliveries.set(delivery.receipt, delivery);
    this.#bytes += bytesOf(delivery);
    return true;
  }

  /** Returns those of them that were handed out again meanwhile. */
  remove(deliveries: readonly Delivery[]): readonly Delivery[] {
    const again: Delivery[] = [];
    for (const delivery of deliveries) {
      const { receipt } = delivery;
      this.#deliveries.delete(receipt);
      this.#bytes -= bytesOf(delivery);
      const next = this.#again.size === 0 ? undefined : this.#again.get(receipt);
      if (next === undefined) continue;
      this.#again.delete(receipt);
      again.push(next);
    }
    this.#changed();
    return again;
  }

  all(): readonly Delivery[] {
    return [...this.#deliveries.values()];
  }

  /** Resolves when there is room for one more batch, or after `close`. */
  async room(): Promise<void> {
    while (!this.#closed && this.surplus > 0) await this.#change.promise;
  }

  /** Resolves when nothing of this kind is under way, or after `close`. */
  async without(isMeant: (delivery: Delivery) => boolean): Promise<void> {
    while (!this.#closed && this.#deliveries.values().some(isMeant)) await this.#change.promise;
  }

  close(): void {
    this.#closed = true;
    this.#changed();
  }

  #changed(): void {
    this.#change.resolve();
    this.#change = Promise.withResolvers();
  }

  /** How many must be over until there is room; infinite while their bytes take it. */
  get surplus(): number {
    if (this.#bytes > mostBytes / 2) return Number.POSITIVE_INFINITY;
    return this.#deliveries.size - mostDeliveries / 2;
  }
}
