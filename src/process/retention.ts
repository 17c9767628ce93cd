import { errorFields, type Log } from "../log.ts";
import type { Ledger } from "../ledger/ledger.ts";

const dayMs = 24 * 60 * 60 * 1_000;
const everyMs = 60 * 60 * 1_000;
/** After the start, so that it does not slow that down. */
const firstMs = 60_000;

/** Forgets settled events that are older than the user wants to keep them. */
export class Retention {
  readonly #ledger: Ledger;
  readonly #days: number;
  readonly #log: Log;
  readonly #timers: readonly NodeJS.Timeout[];
  #running = false;
  #closed = false;

  /** @param days at least 7, since duplicates must be known for so long */
  constructor(ledger: Ledger, days: number, log: Log) {
    this.#ledger = ledger;
    this.#days = days;
    this.#log = log;
    const prune = (): void => void this.#prune();
    this.#timers = [setTimeout(prune, firstMs).unref(), setInterval(prune, everyMs).unref()];
  }

  /** Begins no new round. One that is under way ends with the ledger. */
  close(): void {
    this.#closed = true;
    for (const timer of this.#timers) clearTimeout(timer);
  }

  async #prune(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    try {
      const forgotten = await this.#ledger.prune(Date.now() - this.#days * dayMs);
      if (forgotten > 0) this.#log.info("ledger.pruned", { forgotten, olderThanDays: this.#days });
    } catch (error) {
      if (!this.#closed) this.#log.warn("ledger.prune_failed", errorFields(error));
    } finally {
      this.#running = false;
    }
  }
}
