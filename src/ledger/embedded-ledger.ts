import type { EngineReport } from "../lib/engine-report.ts";
import { noTransaction, type Share, wholeShare } from "./driver.ts";

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

  /** @throws {ClosedError} once it is closed */
  protected abstract assertOpen(): void;

  async share(shards: number): Promise<Share> {
    this.assertOpen();
    return wholeShare(shards);
  }

  async history(): Promise<string> {
    this.assertOpen();
    return this.#history;
  }

  async release(): Promise<void> {
    this.assertOpen();
  }

  transaction(): Promise<never> {
    return noTransaction();
  }

  async report(): Promise<EngineReport> {
    this.assertOpen();
    return this.#report;
  }

  async workerWarnings(): Promise<readonly string[]> {
    this.assertOpen();
    return [];
  }
}
