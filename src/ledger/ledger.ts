import { ClosedError, HookwellError, LedgerUnavailableError } from "../errors.ts";
import type { Message } from "../event/message.ts";
import type { EngineReport } from "../lib/engines/engine-report.ts";
import { errorText } from "../lib/is-error.ts";
import type { LedgerDriver, LedgerTransaction, Settlement, Share, ShareOptions, Verdict } from "./driver.ts";
import type { Change, EventDetail, EventFilter, EventRecord, LedgerStats, Page } from "./record.ts";
import type { CommitResult } from "./transaction.ts";

/** Most items of a page, and of a timeline. */
export const mostItems = 1_000;

/** What happened: every event, its status and its attempts. The part that all engines share, over the driver of one. */
export class Ledger {
  readonly #driver: LedgerDriver;
  readonly #listeners = new Set<() => void>();
  #closed: Promise<void> | undefined;

  constructor(driver: LedgerDriver) {
    this.#driver = driver;
  }

  /** See `LedgerDriver.admit`. */
  async admit(messages: readonly Message[]): Promise<readonly Verdict[]> {
    const verdicts = await this.#ask("admit events", () => this.#driver.admit(messages));
    if (verdicts.some(({ kind }) => kind !== "fresh")) this.#changed();
    return verdicts;
  }

  /** See `LedgerDriver.begin`. */
  async begin(message: Message, startedAt: number): Promise<void> {
    await this.#ask("write down a start", () => this.#driver.begin(message, startedAt));
    this.#changed();
  }

  /** See `LedgerDriver.settle`. */
  async settle(settlements: readonly Settlement[]): Promise<readonly Settlement[]> {
    const lost = await this.#ask("write down outcomes", () => this.#driver.settle(settlements));
    this.#changed();
    return lost;
  }

  /** See `LedgerDriver.transaction`. */
  async transaction(withinMs: number): Promise<LedgerTransaction> {
    const { client, commit, rollback } = await this.#ask("begin a transaction", () =>
      this.#driver.transaction(withinMs),
    );
    const commitAndTell = async (settlement: Settlement): Promise<CommitResult> => {
      const result = await commit(settlement);
      this.#changed();
      return result;
    };
    return { client, commit: commitAndTell, rollback };
  }

  /** See `LedgerDriver.isShared`. */
  get isShared(): boolean {
    return this.#driver.isShared;
  }

  /** See `LedgerDriver.share`. */
  share(shards: number, options: ShareOptions): Promise<Share> {
    return this.#ask("give a share of the events", () => this.#driver.share(shards, options));
  }

  /** See `LedgerDriver.history`. */
  history(): Promise<string> {
    return this.#ask("tell its name", () => this.#driver.history());
  }

  /** See `LedgerDriver.release`. */
  release(shards: readonly number[]): Promise<void> {
    return this.#ask("take shards back", () => this.#driver.release(shards));
  }

  /** See `LedgerDriver.report`. */
  engine(): Promise<EngineReport> {
    return this.#ask("tell what it is", () => this.#driver.report());
  }

  /** The engine, and with its warnings those of its workers. */
  async report(): Promise<EngineReport> {
    const report = await this.engine();
    const ofWorkers = await this.#ask("tell who works on it", () => this.#driver.workerWarnings());
    return { ...report, warnings: [...report.warnings, ...ofWorkers] };
  }

  get(eventId: string): Promise<EventDetail | undefined> {
    return this.#ask("read an event", () => this.#driver.get(eventId));
  }

  /** The exact bytes of the event. */
  body(eventId: string): Promise<Uint8Array | undefined> {
    return this.#ask("read a body", async () => (await this.#driver.message(eventId))?.body);
  }

  /**
   * Newest first; `limit` is at most `mostItems`.
   *
   * @throws {RangeError} if the cursor is not one of this ledger's
   */
  list(filter: EventFilter, limit: number, cursor: string | null): Promise<Page<EventRecord>> {
    return this.#ask("list events", () => this.#driver.list(filter, Math.min(limit, mostItems), cursor));
  }

  /** The newest events of an entity, ordered by revision. */
  timeline(entity: string): Promise<readonly EventRecord[]> {
    return this.#ask("read a timeline", () => this.#driver.timeline(entity, mostItems));
  }

  changes(after: number, limit: number): Promise<readonly Change[]> {
    return this.#ask("read changes", () => this.#driver.changes(after, limit));
  }

  latestChange(): Promise<number> {
    return this.#ask("read changes", () => this.#driver.latestChange());
  }

  message(eventId: string): Promise<Message | undefined> {
    return this.#ask("read an event", () => this.#driver.message(eventId));
  }

  async reopen(eventId: string, copy: string): Promise<void> {
    await this.#ask("reopen an event", () => this.#driver.reopen(eventId, copy));
    this.#changed();
  }

  stats(): Promise<LedgerStats> {
    return this.#ask("count events", () => this.#driver.stats());
  }

  removeDead(eventId: string): Promise<boolean> {
    return this.#ask("remove a dead letter", () => this.#driver.removeDead(eventId));
  }

  prune(before: number): Promise<number> {
    return this.#ask("forget old events", () => this.#driver.prune(before));
  }

  /**
   * Calls back after something was written, for streams; `changes` tells what.
   *
   * @returns ends the calls
   */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): Promise<void> {
    this.#closed ??= this.#driver.close();
    return this.#closed;
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }

  async #ask<T>(what: string, call: () => Promise<T>): Promise<T> {
    this.#assertOpen();
    try {
      return await call();
    } catch (cause) {
      // What fails since the ledger was closed meanwhile is nobody's trouble.
      this.#assertOpen();
      // A `RangeError` is a wrong cursor, which is the caller's mistake.
      if (cause instanceof HookwellError || cause instanceof RangeError) throw cause;
      const reason = errorText(cause);
      throw new LedgerUnavailableError(`The ledger cannot ${what}: ${reason}`, { cause });
    }
  }

  #assertOpen(): void {
    if (this.#closed !== undefined) throw new ClosedError("ledger");
  }
}
