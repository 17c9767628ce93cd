import type { Postgres } from "../../../../lib/postgres/postgres.ts";
import { errorFields, type Log } from "../../../../log.ts";
import { forget } from "./forget.ts";
import { type LackingDay, makePartitions } from "./partitions.ts";

/**
 * How often partitions are looked after, in ms. If one cannot be made, it is tried again soon, then ever more rarely:
 * each try may keep everything else waiting.
 */
const partitionsMs = 60 * 60 * 1_000;
const partitionsAgainMs = 1_000;

/** Work in the background, for which nobody waits. */
export class Upkeep {
  readonly #db: Postgres;
  readonly #log: Log;
  readonly #closing = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #againMs = partitionsAgainMs;

  constructor(db: Postgres, log: Log) {
    this.#db = db;
    this.#log = log;
  }

  /** Makes partitions now, and from now on whenever it is time; does not fail. */
  async makePartitions(): Promise<void> {
    const lacking = await makePartitions(this.#db, Date.now());
    if (this.#closing.signal.aborted) return;
    const nextMs = lacking.length === 0 ? partitionsMs : this.#againMs;
    this.#tellOf(lacking, nextMs);
    this.#againMs = lacking.length === 0 ? partitionsAgainMs : Math.min(2 * nextMs, partitionsMs);
    this.#timer = setTimeout(() => void this.makePartitions(), nextMs).unref();
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

  close(): void {
    clearTimeout(this.#timer);
    this.#closing.abort();
  }
}
