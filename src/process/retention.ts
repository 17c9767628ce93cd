import { errorFields, type Log } from "../log.ts";
import type { Ledger } from "../ledger/ledger.ts";

const dayMs = 24 * 60 * 60 * 1_000;
const everyMs = 60 * 60 * 1_000;
/** After the start, so that it does not slow that down. */
const firstMs = 60_000;
/**
 * Rounds of a day. A clock that is far ahead is believed only when it was so in all of them: what it makes us forget does
 * not come back.
 */
const rounds = 24;

/** Forgets settled events that are older than the user wants to keep them. */
export class Retention {
  readonly #ledger: Ledger;
  readonly #days: number;
  readonly #log: Log;
  readonly #timers: readonly NodeJS.Timeout[];
  /** By how much the clock of the machine was ahead of the one that is never set, in the last rounds. */
  #ahead: readonly number[] = [];
  #isHistoryRead = false;
  #running = false;
  #closed = false;

  /** @param days at least 7, since duplicates must be known for so long */
  constructor(ledger: Ledger, days: number, log: Log) {
    this.#ledger = ledger;
    this.#days = days;
    this.#log = log;
    this.#now();
    // Before anything is written down with a clock that may be wrong. If it fails, the first round asks again.
    this.#readHistory().catch(() => undefined);
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
      await this.#readHistory();
      const forgotten = await this.#ledger.prune(this.#now() - this.#days * dayMs);
      if (forgotten > 0) this.#log.info("ledger.pruned", { forgotten, olderThanDays: this.#days });
    } catch (error) {
      if (!this.#closed) this.#log.warn("ledger.prune_failed", errorFields(error));
    } finally {
      this.#running = false;
    }
  }

  /**
   * The clock was no less than this when the newest event came: of what a start with a clock far ahead adds, nothing is
   * sure.
   */
  async #readHistory(): Promise<void> {
    if (this.#isHistoryRead) return;
    const { items } = await this.#ledger.list({}, 1, null);
    this.#isHistoryRead = true;
    for (const { receivedAt } of items) {
      this.#ahead = [Date.parse(receivedAt) - performance.now(), ...this.#ahead];
    }
  }

  /** In ms since 1970, by the clock of the last rounds that was least ahead. */
  #now(): number {
    const now = performance.now();
    this.#ahead = [...this.#ahead.slice(1 - rounds), Date.now() - now];
    return Math.floor(now + Math.min(...this.#ahead));
  }
}
