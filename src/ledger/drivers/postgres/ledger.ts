import type { Message } from "../../../event/message.ts";
import type { EngineReport } from "../../../lib/engines/engine-report.ts";
import { atMost } from "../../../lib/async/within.ts";
import { Gather } from "../../../lib/async/gather.ts";
import { opened } from "../../../lib/engines/opened.ts";
import { ledgerConnections, type Limit, sharedLimits } from "../../../lib/postgres/connection-limit.ts";
import { Calls } from "../../../lib/postgres/calls.ts";
import { openPostgres, type Postgres } from "../../../lib/postgres/postgres.ts";
import { postgresReport } from "../../../lib/postgres/report.ts";
import { errorFields, type Log, silentLog } from "../../../log.ts";
import type {
  LedgerDriver,
  LedgerDriverOptions,
  LedgerTransaction,
  Settlement,
  Share,
  ShareOptions,
  Verdict,
} from "../../driver.ts";
import type { Change, EventDetail, EventFilter, EventRecord, LedgerStats, Page } from "../../record.ts";
import { PostgresAdmission } from "./admission.ts";
import { readChanges, visibleChange } from "./changes.ts";
import { historyOf, messagesOf, removeDead, reopen, type Reopening, rowOf, statsOf } from "./event-table.ts";
import { pageOf, timelineOf } from "./list.ts";
import { OtherQueues, queueWarnings } from "./share/other-queues.ts";
import { detailOf } from "./rows.ts";
import { dayWarnings } from "./days/day-warnings.ts";
import { ledgerSteps } from "./schema.ts";
import { PostgresShare } from "./share/share.ts";
import { openTransaction } from "./transaction/transaction.ts";
import { Upkeep } from "./days/upkeep.ts";

/** How many messages one answer has; few, since their bodies may be large. */
const messagesAtOnce = 4;
/** How long the start waits for the partitions of today and the next days, in ms; without them, `rest` takes events. */
const partitionsMs = 3_000;
/** How long each step of closing may take, in ms; a server that hangs is not waited for any longer. */
const closeMs = 2_000;

/**
 * A ledger in PostgreSQL, which any number of processes share. A server that does not answer now is waited for: calls
 * fail until it does.
 *
 * @throws {ConfigError} if the URL cannot be used, the package `pg` is missing, or the server refuses us for good
 * @throws {NotMadeError} if it is only looked at, and there is none
 * @throws {DataVersionError} if a newer Hookwell made the tables so that this one cannot work with them
 */
export async function openPostgresLedger(
  url: string,
  options: LedgerDriverOptions = {},
): Promise<LedgerDriver> {
  const db = await openPostgres(url, { part: "ledger", connections: ledgerConnections.calls });
  return opened(new PostgresLedger(url, db, options));
}

class PostgresLedger implements LedgerDriver {
  readonly isShared = true;
  readonly #url: string;
  readonly #db: Postgres;
  /** Limits of connections that count those of the queue as well. */
  readonly #shared: readonly Limit[];
  /** Connections for handlers that ask for a transaction, so that they keep nobody else waiting. */
  #handlers: Promise<Postgres> | undefined;
  readonly #log: Log;
  readonly #share: PostgresShare;
  readonly #admission: PostgresAdmission;
  readonly #admit = new Gather((messages: readonly Message[]) => this.#admission.admit(messages));
  readonly #settle = new Gather(async (settlements: readonly Settlement[]) => {
    const lost = new Set(await this.#admission.settle(settlements));
    return settlements.map((settlement) => (lost.has(settlement) ? settlement : undefined));
  });
  readonly #messages = new Gather((eventIds: readonly string[]) => messagesOf(this.#db, eventIds), {
    items: messagesAtOnce,
  });
  readonly #reopen = new Gather(async (replays: readonly Reopening[]) => {
    await reopen(this.#db, replays);
    return replays;
  });
  readonly #upkeep: Upkeep;
  readonly #calls: Calls;
  #history: string | undefined;
  #closed: Promise<void> | undefined;

  constructor(url: string, db: Postgres, options: LedgerDriverOptions) {
    const { log = silentLog, queue, queueUrl, isLook = false } = options;
    this.#url = url;
    this.#db = db;
    this.#shared = sharedLimits(url, queueUrl);
    this.#log = log;
    this.#share = new PostgresShare(db, new OtherQueues(queue, log));
    this.#admission = new PostgresAdmission(db, this.#share, log);
    const upkeep = new Upkeep(db, log);
    this.#upkeep = upkeep;
    this.#calls = new Calls({
      db,
      steps: ledgerSteps,
      log,
      isLook,
      prepared: () => atMost(partitionsMs, upkeep.makePartitions()),
    });
  }

  open(): Promise<void> {
    return this.#calls.open();
  }

  share(shards: number, options?: ShareOptions): Promise<Share> {
    return this.#calls.run(async () => {
      const share = await this.#share.renew(shards, options);
      this.#admission.keep(share.owned);
      return share;
    });
  }

  async history(): Promise<string> {
    return (this.#history ??= await this.#calls.run(() => historyOf(this.#db)));
  }

  release(shards: readonly number[]): Promise<void> {
    return this.#calls.run(() => {
      this.#admission.leave(shards);
      return this.#share.release(shards);
    });
  }

  report(): Promise<EngineReport> {
    return this.#calls.read(async () => {
      const report = await postgresReport(this.#db, { shared: this.#shared });
      return { ...report, warnings: [...report.warnings, ...(await dayWarnings(this.#db))] };
    });
  }

  workerWarnings(): Promise<readonly string[]> {
    return this.#calls.read(() => queueWarnings(this.#db));
  }

  admit(messages: readonly Message[]): Promise<readonly Verdict[]> {
    return this.#calls.run(() => this.#admit.ask(messages));
  }

  begin(message: Message, startedAt: number): Promise<void> {
    return this.#calls.run(() => this.#admission.begin(message, startedAt));
  }

  settle(settlements: readonly Settlement[]): Promise<readonly Settlement[]> {
    return this.#calls.run(async () => (await this.#settle.ask(settlements)).flatMap((lost) => lost ?? []));
  }

  transaction(withinMs: number): Promise<LedgerTransaction> {
    return this.#calls.run(async () => {
      this.#handlers ??= openPostgres(this.#url, {
        part: "ledger",
        connections: ledgerConnections.handlers,
        name: this.#share.sessionName,
        handlersWaitMs: withinMs,
      }).catch((error: unknown) => {
        // Certificates are read here, and may be in the middle of their renewal.
        this.#handlers = undefined;
        throw error;
      });
      const parts = { handlers: await this.#handlers, db: this.#db, admission: this.#admission };
      return openTransaction(parts, withinMs);
    });
  }

  get(eventId: string): Promise<EventDetail | undefined> {
    return this.#calls.read(async () => {
      const row = await rowOf(this.#db, eventId);
      return row && detailOf(row);
    });
  }

  message(eventId: string): Promise<Message | undefined> {
    return this.#calls.read(async () => (await this.#messages.ask([eventId]))[0]);
  }

  list(filter: EventFilter, limit: number, cursor: string | null): Promise<Page<EventRecord>> {
    return this.#calls.read(() => pageOf(this.#db, filter, limit, cursor));
  }

  timeline(entity: string, limit: number): Promise<readonly EventRecord[]> {
    return this.#calls.read(() => timelineOf(this.#db, entity, limit));
  }

  changes(after: number, limit: number): Promise<readonly Change[]> {
    return this.#calls.read(() => readChanges(this.#db, after, limit));
  }

  latestChange(): Promise<number> {
    return this.#calls.read(() => visibleChange(this.#db));
  }

  reopen(eventId: string, copy: string): Promise<void> {
    return this.#calls.run(async () => {
      await this.#reopen.ask([{ eventId, copy }]);
    });
  }

  stats(): Promise<LedgerStats> {
    return this.#calls.read(() => statsOf(this.#db));
  }

  removeDead(eventId: string): Promise<boolean> {
    return this.#calls.run(() => removeDead(this.#db, eventId));
  }

  prune(before: number): Promise<number> {
    return this.#calls.run(() => this.#upkeep.forget(before));
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#upkeep.close();
    await atMost(closeMs, Promise.all([this.#calls.close(), this.#admission.slow.close()]));
    const leaving = this.#share
      .leave()
      .catch((error: unknown) => this.#log.debug("ledger.leave_failed", errorFields(error)));
    await atMost(closeMs, leaving);
    const handlers = await this.#handlers?.catch(() => undefined);
    await Promise.all([handlers?.end(), this.#db.end()]);
  }
}
