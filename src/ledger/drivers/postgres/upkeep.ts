import type { Postgres } from "../../../lib/postgres/postgres.ts";
import { errorFields, type Log } from "../../../log.ts";
import type { PostgresAdmission } from "./admission.ts";
import { forget } from "./forget.ts";
import { makePartitions } from "./partitions.ts";

/** How often slow handlers are made visible, and how often partitions are looked after; in ms. */
const showMs = 200;
const partitionsMs = 60 * 60 * 1_000;

/** What is done aside, while nobody waits for it. */
export class Upkeep {
  readonly #db: Postgres;
  readonly #admission: PostgresAdmission;
  readonly #log: Log;
  readonly #timers: readonly NodeJS.Timeout[];
  readonly #closing = new AbortController();
  #showing: Promise<void> | undefined;

  /** Begins at once. */
  constructor(db: Postgres, admission: PostgresAdmission, log: Log) {
    this.#db = db;
    this.#admission = admission;
    this.#log = log;
    this.#timers = [
      setInterval(() => void this.#show(), showMs).unref(),
      setInterval(() => void this.makePartitions(), partitionsMs).unref(),
    ];
  }

  async makePartitions(): Promise<void> {
    for (const error of await makePartitions(this.#db, Date.now())) {
      // Somebody reads for long, or the server is away: there will be another time.
      this.#log.warn("ledger.partition_failed", errorFields(error));
    }
  }

  /** See `LedgerDriver.prune`; ends when this is closed. */
  forget(before: number): Promise<number> {
    return forget(this.#db, before, this.#closing.signal);
  }

  /** Resolves when the last row is written that makes a slow handler visible. */
  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    this.#closing.abort();
    await this.#showing;
  }

  async #show(): Promise<void> {
    if (this.#showing !== undefined) return;
    // What goes wrong here, the next call meets too, and reports it.
    this.#showing = this.#admission
      .showSlow()
      .catch((error: unknown) => this.#log.debug("ledger.aside_failed", errorFields(error)));
    await this.#showing;
    this.#showing = undefined;
  }
}
