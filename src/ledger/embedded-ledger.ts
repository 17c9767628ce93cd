import { ConfigError } from "../errors.ts";
import type { EngineReport } from "../lib/engines/engine-report.ts";
import type { Share } from "./driver.ts";

/**
 * What every ledger answers that belongs to one process: all shards are that process's, and no handler can write in it.
 */
export abstract class EmbeddedLedger {
  readonly isShared = false;
  readonly #history: string;
  readonly #report: EngineReport;

  constructor(history: string, report: EngineReport) {
    this.#history = history;
    this.#report = report;
  }

  async share(shards: number): Promise<Share> {
    return wholeShare(shards);
  }

  async history(): Promise<string> {
    return this.#history;
  }

  async release(): Promise<void> {}

  transaction(): Promise<never> {
    return noTransaction();
  }

  async report(): Promise<EngineReport> {
    return this.#report;
  }

  async workerWarnings(): Promise<readonly string[]> {
    return [];
  }
}

/** What an engine answers in which no handler can write. */
export const noTransaction = (): Promise<never> =>
  Promise.reject(
    new ConfigError([
      "The handler asked for ctx.tx(), which needs the ledger in PostgreSQL: set HOOKWELL_LEDGER, or `ledger` of " +
        "createReceiver, to postgres://…; see docs/handle.md.",
    ]),
  );

/** The share of the only process that may work on a ledger. */
export const wholeShare = (shards: number): Share => ({
  owned: Array.from({ length: shards }, (_, shard) => shard),
  surplus: [],
  forMs: Number.POSITIVE_INFINITY,
  beginForMs: Number.POSITIVE_INFINITY,
});
