import { ClosedError, ConfigError, HookwellError, LedgerUnavailableError } from "../../../errors.ts";
import type { Message } from "../../../event/message.ts";
import type { EngineReport } from "../../../lib/engine-report.ts";
import { EngineHealth } from "../../../lib/engine-health.ts";
import { atMost } from "../../../lib/within.ts";
import { Gather } from "../../../lib/gather.ts";
import { openPostgres, type Postgres } from "../../../lib/postgres/postgres.ts";
import { migrate } from "../../../lib/postgres/migrate.ts";
import { refusalOf } from "../../../lib/postgres/refusal.ts";
import { postgresReport } from "../../../lib/postgres/report.ts";
import { errorFields, type Log, silentLog } from "../../../log.ts";
import type {
  LedgerDriver,
  LedgerDriverOptions,
  LedgerTransaction,
  Settlement,
  Share,
  Verdict,
} from "../../driver.ts";
import type { Change, EventDetail, EventFilter, EventRecord, LedgerStats, Page } from "../../record.ts";
import { PostgresAdmission } from "./admission.ts";
import { readChanges, visibleChange } from "./changes.ts";
import { removeDead, reopen, rowOf, statsOf } from "./event-table.ts";
import { LifeLine } from "./life-line.ts";
import { pageOf, timelineOf } from "./list.ts";
import { OtherQueues, queueWarnings } from "./other-queues.ts";
import { detailOf, type EventRow, messageOf, rowColumns } from "./rows.ts";
import { ledgerSteps } from "./schema.ts";
import { PostgresShare } from "./share.ts";
import { NoConnectionError, openTransaction } from "./transaction.ts";
import { Upkeep } from "./upkeep.ts";

const setting = "HOOKWELL_LEDGER (--ledger)";
/** A server takes about a hundred connections in all, so a worker has few. */
const connections = 5;
const handlerConnections = 10;
/** How long the start waits for the partitions of today and the next days, in ms; without them there is `rest`. */
const partitionsMs = 3_000;
/** How long each step of an end may take; what a server that hangs has not answered by then is left. In ms. */
const closeMs = 2_000;

/**
 * A ledger in PostgreSQL, which any number of processes share. A server that does not answer now is waited for: calls
 * fail until it does.
 *
 * @throws {ConfigError} if the URL cannot be used, the package `pg` is missing, or the server refuses us for good
 * @throws {DataVersionError} if a newer Hookwell made the tables so that this one cannot work with them
 */
export async function openPostgresLedger(
  url: string,
  options: LedgerDriverOptions = {},
): Promise<LedgerDriver> {
  const db = await openPostgres(url, { setting, connections });
  const line = new LifeLine(await openPostgres(url, { setting, connections: 1 }));
  const ledger = new PostgresLedger(url, db, line, options);
  try {
    await ledger.prepare();
  } catch (error) {
    if (!(error instanceof LedgerUnavailableError)) {
      await ledger.close();
      throw error;
    }
  }
  return ledger;
}

class PostgresLedger implements LedgerDriver {
  readonly isShared = true;
  readonly #url: string;
  readonly #db: Postgres;
  readonly #line: LifeLine;
  /** Connections for handlers that ask for a transaction, so that they keep nobody else waiting. */
  #handlers: Promise<Postgres> | undefined;
  readonly #log: Log;
  readonly #health: EngineHealth;
  readonly #share: PostgresShare;
  readonly #admission: PostgresAdmission;
  readonly #admit = new Gather((messages: readonly Message[]) => this.#admission.admit(messages));
  readonly #settle = new Gather(async (settlements: readonly Settlement[]) => {
    const lost = new Set(await this.#admission.settle(settlements));
    return settlements.map((settlement) => (lost.has(settlement) ? settlement : undefined));
  });
  readonly #upkeep: Upkeep;
  readonly #underWay = new Set<Promise<unknown>>();
  #prepared: Promise<void> | undefined;
  #closed: Promise<void> | undefined;

  constructor(url: string, db: Postgres, line: LifeLine, { log = silentLog, queue }: LedgerDriverOptions) {
    this.#url = url;
    this.#db = db;
    this.#line = line;
    this.#log = log;
    this.#health = new EngineHealth("ledger", db.shown, log);
    this.#share = new PostgresShare(db, line, new OtherQueues(queue, log));
    this.#admission = new PostgresAdmission(db, this.#share);
    this.#upkeep = new Upkeep(db, this.#admission, log);
  }

  /** Makes or updates the tables, once. */
  prepare(): Promise<void> {
    this.#prepared ??= this.#prepare().catch((error: unknown) => {
      this.#prepared = undefined;
      throw error;
    });
    return this.#prepared;
  }

  async #prepare(): Promise<void> {
    try {
      await migrate(this.#db, "ledger", ledgerSteps);
      await atMost(partitionsMs, this.#upkeep.makePartitions());
    } catch (error) {
      throw error instanceof HookwellError
        ? error
        : (refusalOf(error, this.#db, setting) ?? unavailable(error));
    }
  }

  share(shards: number, reachesQueue = true): Promise<Share> {
    return this.#call(async () => {
      const share = await this.#share.renew(shards, reachesQueue);
      this.#admission.keep(new Set(share.owned), shards);
      return share;
    });
  }

  history(): Promise<string> {
    return this.#call(() => this.#share.history());
  }

  release(shards: readonly number[]): Promise<void> {
    return this.#call(() => {
      this.#admission.leave(shards);
      return this.#share.release(shards);
    });
  }

  report(): Promise<EngineReport> {
    return this.#call(() => postgresReport(this.#db));
  }

  workerWarnings(): Promise<readonly string[]> {
    return this.#call(() => queueWarnings(this.#db));
  }

  admit(messages: readonly Message[]): Promise<readonly Verdict[]> {
    return this.#call(() => this.#admit.ask(messages));
  }

  begin(message: Message, startedAt: number): Promise<void> {
    return this.#call(() => this.#admission.begin(message, startedAt));
  }

  settle(settlements: readonly Settlement[]): Promise<readonly Settlement[]> {
    return this.#call(async () => (await this.#settle.ask(settlements)).flatMap((lost) => lost ?? []));
  }

  transaction(withinMs: number): Promise<LedgerTransaction> {
    return this.#call(async () => {
      this.#handlers ??= openPostgres(this.#url, {
        setting,
        connections: handlerConnections,
        name: this.#share.sessionName,
        handlersWaitMs: withinMs,
      });
      const parts = { handlers: await this.#handlers, db: this.#db, admission: this.#admission };
      return openTransaction(parts, withinMs);
    });
  }

  get(eventId: string): Promise<EventDetail | undefined> {
    return this.#call(async () => {
      const row = await rowOf<EventRow>(this.#db, eventId, rowColumns);
      return row && detailOf(row);
    });
  }

  body(eventId: string): Promise<Uint8Array | undefined> {
    return this.#call(async () => (await rowOf<{ body: Uint8Array }>(this.#db, eventId, "body"))?.body);
  }

  message(eventId: string): Promise<Message | undefined> {
    return this.#call(async () => {
      const row = await rowOf<EventRow & { body: Uint8Array }>(this.#db, eventId, `${rowColumns}, body`);
      return row && messageOf(row, row.body);
    });
  }

  list(filter: EventFilter, limit: number, cursor: string | null): Promise<Page<EventRecord>> {
    return this.#call(() => pageOf(this.#db, filter, limit, cursor));
  }

  timeline(entity: string, limit: number): Promise<readonly EventRecord[]> {
    return this.#call(() => timelineOf(this.#db, entity, limit));
  }

  changes(after: number, limit: number): Promise<readonly Change[]> {
    return this.#call(() => readChanges(this.#db, after, limit));
  }

  latestChange(): Promise<number> {
    return this.#call(() => visibleChange(this.#db));
  }

  reopen(eventId: string, copy: string): Promise<void> {
    return this.#call(() => reopen(this.#db, eventId, copy));
  }

  stats(): Promise<LedgerStats> {
    return this.#call(() => statsOf(this.#db));
  }

  removeDead(eventId: string): Promise<boolean> {
    return this.#call(() => removeDead(this.#db, eventId));
  }

  prune(before: number): Promise<number> {
    // Nobody waits for it at the end.
    return this.#ask(() => this.#upkeep.forget(before));
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const kept = this.#upkeep.close();
    await atMost(closeMs, Promise.allSettled([...this.#underWay, kept]));
    const leaving = this.#share
      .leave()
      .catch((error: unknown) => this.#log.debug("ledger.leave_failed", errorFields(error)));
    await atMost(closeMs, leaving);
    const handlers = await this.#handlers?.catch(() => undefined);
    await Promise.all([this.#line.close(), handlers?.end(), this.#db.end()]);
  }

  /** What is waited for at the end. */
  async #call<T>(work: () => Promise<T>): Promise<T> {
    const call = this.#ask(work);
    this.#underWay.add(call);
    try {
      return await call;
    } finally {
      this.#underWay.delete(call);
    }
  }

  async #ask<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closed !== undefined) throw new ClosedError("ledger");
    try {
      const result = await this.prepare().then(work);
      this.#health.works();
      return result;
    } catch (error) {
      if (!isNoLoss.some((kind) => error instanceof kind)) this.#health.lost(error);
      // A cursor that is none is the asker's mistake.
      throw error instanceof RangeError || error instanceof HookwellError ? error : unavailable(error);
    }
  }
}

/** Of which the server knows nothing. */
const isNoLoss = [RangeError, ConfigError, NoConnectionError];

const unavailable = (cause: unknown): LedgerUnavailableError =>
  new LedgerUnavailableError(`PostgreSQL: ${cause instanceof Error ? cause.message : String(cause)}`, {
    cause,
  });
