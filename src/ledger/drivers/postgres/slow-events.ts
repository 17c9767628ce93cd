import { errorFields, type Log } from "../../../log.ts";
import { type Settlement, showMs, visibleAfterMs } from "../../driver.ts";
import type { Flight } from "./flights.ts";
import type { OwnWrites } from "./own-writes.ts";

/** Gives a row to each event that is under way for a while, so that people see it. */
export class SlowEvents {
  readonly #flights: ReadonlyMap<string, Flight>;
  readonly #own: Pick<OwnWrites, "write">;
  readonly #log: Log;
  readonly #timer: NodeJS.Timeout;
  /** Events that are being settled. They are not shown meanwhile: two writers of the same rows may block each other. */
  readonly #settling = new Set<string>();
  #showing: Promise<void> | undefined;

  /**
   * Begins at once.
   *
   * @param flights what is under way, by event id, in the order of admission
   */
  constructor(flights: ReadonlyMap<string, Flight>, own: Pick<OwnWrites, "write">, log: Log) {
    this.#flights = flights;
    this.#own = own;
    this.#log = log;
    this.#timer = setInterval(() => {
      this.#showing ??= this.#show().finally(() => (this.#showing = undefined));
    }, showMs).unref();
  }

  /** Does the work, which settles these events, while none of them is shown. */
  async notShowing<T>(settlements: readonly Settlement[], work: () => Promise<T>): Promise<T> {
    for (const { message } of settlements) this.#settling.add(message.eventId);
    try {
      await this.#showing;
      return await work();
    } finally {
      for (const { message } of settlements) this.#settling.delete(message.eventId);
    }
  }

  /** Shows nothing more; resolves when the last row is written. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#showing;
  }

  async #show(): Promise<void> {
    const slow = this.#slow();
    if (slow.length === 0) return;
    try {
      const shown = await this.#own.write(slow, (rows, mine) =>
        rows.show(mine.map(({ writing }) => writing)),
      );
      for (const flight of shown) flight.isStored = true;
    } catch (error) {
      // The next call meets the same failure, and reports it.
      this.#log.debug("ledger.aside_failed", errorFields(error));
    }
  }

  /** Those whose rows are missing. */
  #slow(): readonly Flight[] {
    const before = performance.now() - visibleAfterMs;
    const slow: Flight[] = [];
    for (const flight of this.#flights.values()) {
      if (flight.admittedAt > before) break;
      if (!flight.isStored && !this.#settling.has(flight.message.eventId)) slow.push(flight);
    }
    return slow;
  }
}
