import { errorFields, type Log } from "../log.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { shared } from "../lib/async/shared.ts";

const dayMs = 24 * 60 * 60 * 1_000;
const everyMs = 60 * 60 * 1_000;
/** How long after the start, which it must not slow down. */
const firstMs = 60_000;
/**
 * The rounds of a day. A clock that jumped ahead is believed only if it was ahead in all of them: what it makes us
 * forget does not come back.
 */
const rounds = 24;

/** Forgets settled events that are older than the user wants to keep them. */
export class Retention {
  readonly #ledger: Ledger;
  readonly #days: number;
  readonly #log: Log;
  readonly #timers: readonly NodeJS.Timeout[];
  /** By how much the clock of the machine was ahead of a clock that nobody can set, in the last rounds. */
  #ahead: readonly number[] = [];
  #isHistoryRead = false;
  #closed = false;

  /** @param days at least 7, since duplicates must be known for so long */
  constructor(ledger: Ledger, days: number, log: Log) {
    this.#ledger = ledger;
    this.#days = days;
    this.#log = log;
    this.#now();
    // Now, before anything is written down with a clock that may be wrong. If it fails, the first round asks again.
    this.#readHistory().catch(() => undefined);
    // One at a time, since a round may take longer than the time between two.
    const prune = shared(() => this.#prune());
    const round = (): void => void prune();
    this.#timers = [setTimeout(round, firstMs).unref(), setInterval(round, everyMs).unref()];
  }

  /** Begins no new round. One that is under way ends with the ledger. */
  close(): void {
    this.#closed = true;
    for (const timer of this.#timers) clearTimeout(timer);
  }

  async #prune(): Promise<void> {
    try {
      await this.#readHistory();
      const forgotten = await this.#ledger.prune(this.#now() - this.#days * dayMs);
      if (forgotten > 0) this.#log.info("ledger.pruned", { forgotten, olderThanDays: this.#days });
    } catch (error) {
      if (!this.#closed) this.#log.warn("ledger.prune_failed", errorFields(error));
    }
  }

  /**
   * What is known from before: the clock showed at least this time when the newest event came. If the clock jumps ahead
   * with this start, nothing after that is sure.
   */
  async #readHistory(): Promise<void> {
    if (this.#isHistoryRead) return;
    const { items } = await this.#ledger.list({}, 1, null);
    this.#isHistoryRead = true;
    for (const { receivedAt } of items) {
      this.#ahead = [Date.parse(receivedAt) - performance.now(), ...this.#ahead];
    }
  }

  /** The time in ms since 1970, as if the clock were no further ahead than it was at its least in the last rounds. */
  #now(): number {
    const now = performance.now();
    this.#ahead = [...this.#ahead.slice(1 - rounds), Date.now() - now];
    return Math.floor(now + Math.min(...this.#ahead));
  }
}
