import type { Postgres } from "../../../lib/postgres/postgres.ts";
import { errorFields, type Log } from "../../../log.ts";
import { forget } from "./forget.ts";
import { type LackingDay, makePartitions } from "./partitions.ts";
import type { SlowEvents } from "./slow-events.ts";

/** How often slow handlers are made visible, in ms. */
const showMs = 200;
/**
 * How often partitions are looked after, in ms. If one cannot be made, it is tried again soon, then ever more rarely:
 * each try may keep everything else waiting.
 */
const partitionsMs = 60 * 60 * 1_000;
const partitionsAgainMs = 1_000;

/** Work in the background, for which nobody waits. */
export class Upkeep {
  readonly #db: Postgres;
  readonly #slow: Pick<SlowEvents, "show">;
  readonly #log: Log;
  readonly #timer: NodeJS.Timeout;
  readonly #closing = new AbortController();
  #partitions: NodeJS.Timeout | undefined;
  #againMs = partitionsAgainMs;
  #showing: Promise<void> | undefined;

  /** Begins at once. */
  constructor(db: Postgres, slow: Pick<SlowEvents, "show">, log: Log) {
    this.#db = db;
    this.#slow = slow;
    this.#log = log;
    this.#timer = setInterval(() => void this.#show(), showMs).unref();
  }

  /** Makes partitions now, and from now on whenever it is time; does not fail. */
  async makePartitions(): Promise<void> {
    const lacking = await makePartitions(this.#db, Date.now());
    if (this.#closing.signal.aborted) return;
    const nextMs = lacking.length === 0 ? partitionsMs : this.#againMs;
    this.#tellOf(lacking, nextMs);
    this.#againMs = lacking.length === 0 ? partitionsAgainMs : Math.min(2 * nextMs, partitionsMs);
    this.#partitions = setTimeout(() => void this.makePartitions(), nextMs).unref();
  }

  /** Logs missing partitions once, and again each hour while they are missing. */
  #tellOf(lacking: readonly LackingDay[], nextMs: number): void {
    const [first] = lacking;
    const wasWell = this.#againMs === partitionsAgainMs;
    if (first === undefined) {
      if (!wasWell) this.#log.info("ledger.partitions_made");
    } else if (wasWell || nextMs === partitionsMs) {
      // Somebody is reading for long, or the server is away: it will be tried again.
      const days = lacking.map(({ day }) => day).join(" ");
      this.#log.warn("ledger.partition_failed", { days, ...errorFields(first.error) });
    }
  }

  /** See `LedgerDriver.prune`; ends when this is closed. */
  forget(before: number): Promise<number> {
    return forget(this.#db, before, this.#closing.signal);
  }

  /** Resolves when the last row that makes a slow handler visible is written. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    clearTimeout(this.#partitions);
    this.#closing.abort();
    await this.#showing;
  }

  async #show(): Promise<void> {
    if (this.#showing !== undefined) return;
    // The next call meets the same failure, and reports it.
    this.#showing = this.#slow
      .show()
      .catch((error: unknown) => this.#log.debug("ledger.aside_failed", errorFields(error)));
    await this.#showing;
    this.#showing = undefined;
  }
}
