import type { Settlement } from "../../driver.ts";
import type { Flight } from "./flights.ts";
import type { OwnWrites } from "./own-writes.ts";

/** An event that is handled quickly gets its row when it settles; a slow one gets it after this many ms. */
const visibleAfterMs = 250;

/** Gives a row to each event that is under way for a while, so that people see it. */
export class SlowEvents {
  readonly #flights: ReadonlyMap<string, Flight>;
  readonly #own: OwnWrites;
  /** Events that are being settled. They are not shown meanwhile: two writers of the same rows may block each other. */
  readonly #settling = new Set<string>();
  #showing: Promise<void> | undefined;

  /** @param flights what is under way, by event id, in the order of admission */
  constructor(flights: ReadonlyMap<string, Flight>, own: OwnWrites) {
    this.#flights = flights;
    this.#own = own;
  }

  /** Writes the rows that are missing. */
  async show(): Promise<void> {
    const before = performance.now() - visibleAfterMs;
    const slow: Flight[] = [];
    for (const flight of this.#flights.values()) {
      if (flight.admittedAt > before) break;
      if (!flight.isStored && !this.#settling.has(flight.message.eventId)) slow.push(flight);
    }
    if (slow.length === 0) return;
    const showing = this.#show(slow);
    this.#showing = showing.catch(() => undefined);
    await showing;
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

  async #show(slow: readonly Flight[]): Promise<void> {
    const shown = await this.#own.write(slow, (rows, mine) => rows.show(mine.map(({ writing }) => writing)));
    for (const flight of shown) flight.shown();
  }
}
