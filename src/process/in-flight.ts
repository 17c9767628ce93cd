import type { Delivery } from "../queue/driver.ts";

/** Deliveries that may be under way at once; enough that a commit is shared by many. */
const mostDeliveries = 4_000;
/** And their bytes, so that large events do not fill the memory. */
const mostBytes = 64 * 1024 * 1024;

/** What has been taken from the queue and is not answered yet. */
export class InFlight {
  readonly #deliveries = new Map<string, Delivery>();
  #bytes = 0;
  #changed: (() => void)[] = [];

  /** False if this delivery is under way already. */
  add(delivery: Delivery): boolean {
    if (this.#deliveries.has(delivery.receipt)) return false;
    this.#deliveries.set(delivery.receipt, delivery);
    this.#bytes += delivery.body.length;
    return true;
  }

  remove(delivery: Delivery): void {
    this.#deliveries.delete(delivery.receipt);
    this.#bytes -= delivery.body.length;
    const waiting = this.#changed;
    this.#changed = [];
    for (const resolve of waiting) resolve();
  }

  all(): readonly Delivery[] {
    return [...this.#deliveries.values()];
  }

  /** Resolves when there is room for a batch more. */
  async room(): Promise<void> {
    while (this.#deliveries.size > mostDeliveries / 2 || this.#bytes > mostBytes / 2) await this.change();
  }

  /** Resolves when nothing is under way. */
  async empty(): Promise<void> {
    while (this.#deliveries.size > 0) await this.change();
  }

  /** Resolves when a delivery is no longer under way. */
  change(): Promise<void> {
    return new Promise((resolve) => this.#changed.push(resolve));
  }
}
