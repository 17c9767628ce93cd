import { ClosedError, ConfigError, HookwellError, LedgerUnavailableError } from "../../../errors.ts";
import type { Message } from "../../../event/message.ts";
import type { EngineReport } from "../../../lib/engine-report.ts";
import { EngineHealth } from "../../../lib/engine-health.ts";
import { atMost } from "../../../lib/at-most.ts";
import { Gather } from "../../../lib/gather.ts";
import {
  indexable,
  inTransaction,
  migrate,
  openPostgres,
  type Postgres,
  refusalOf,
  storable,
} from "../../../lib/postgres.ts";
import { postgresReport } from "../../../lib/postgres-report.ts";
import { errorFields, type Log, silentLog } from "../../../log.ts";
import type { LedgerDriver, Settlement, Share, Verdict } from "../../driver.ts";
import type { Change, EventDetail, EventFilter, EventRecord, LedgerStats, Page } from "../../record.ts";
import { PostgresAdmission } from "./admission.ts";
import { markChanges, readChanges, visibleChange } from "./changes.ts";
import { makePartitions } from "./partitions.ts";
import { LifeLine } from "./life-line.ts";
import { pageOf, timelineOf } from "./list.ts";
import { forget } from "./forget.ts";
import { detailOf, type EventRow, messageOf, rowColumns } from "./rows.ts";
import { ledgerSteps } from "./schema.ts";
import { PostgresShare } from "./share.ts";
import { openTransaction } from "./transaction.ts";
import type { LedgerTransaction } from "../../driver.ts";

const setting = "HOOKWELL_LEDGER (--ledger)";
/** A server takes about a hundred connections in all, so a worker has few. */
const connections = 5;
const handlerConnections = 10;
/** How often slow handlers are made visible, and how often partitions are looked after; in ms. */
const showMs = 200;
const partitionsMs = 60 * 60 * 1_000;
/** How long each step of an end may take; what a server that hangs has not answered by then is left. In ms. */
const closeMs = 2_000;

/**
 * A ledger in PostgreSQL, which any number of processes share. A server that does not answer now is waited for: calls
 * fail until it does.
 *
 * @throws {ConfigError} if the URL cannot be used, the package `pg` is missing, or the server refuses us for good
 * @throws {DataVersionError} if a newer Hookwell made the tables so that this one cannot work with them
 */
export async function openPostgresLedger(url: string, log: Log = silentLog): Promise<LedgerDriver> {
  const db = await openPostgres(url, { setting, connections });
  const line = new LifeLine(await openPostgres(url, { setting, connections: 1 }));
  const ledger = new PostgresLedger(url, db, line, log);
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
  readonly #timers: readonly NodeJS.Timeout[];
  readonly #underWay = new Set<Promise<unknown>>();
  #prepared: Promise<void> | undefined;
  #showing: Promise<void> | undefined;
  readonly #closing = new AbortController();
  #closed: Promise<void> | undefined;

  constructor(url: string, db: Postgres, line: LifeLine, log: Log) {
    this.#url = url;
    this.#db = db;
    this.#line = line;
    this.#log = log;
    this.#health = new EngineHealth("ledger", "PostgreSQL", log);
    this.#share = new PostgresShare(db, line);
    this.#admission = new PostgresAdmission(db, this.#share);
    this.#timers = [
      setInterval(() => void this.#show(), showMs).unref(),
      setInterval(() => void this.#makePartitions(), partitionsMs).unref(),
    ];
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
      await this.#makePartitions();
    } catch (error) {
      throw error instanceof HookwellError
        ? error
        : (refusalOf(error, this.#db, setting) ?? unavailable(error));
    }
  }

  async #makePartitions(): Promise<void> {
    for (const error of await makePartitions(this.#db, Date.now())) {
      // Somebody reads for long, or the server is away: there will be another time.
      this.#log.warn("ledger.partition_failed", errorFields(error));
    }
  }

  share(shards: number): Promise<Share> {
    return this.#call(async () => {
      const share = await this.#share.renew(shards);
      this.#admission.keep(new Set(share.owned), shards);
      return share;
    });
  }

  release(shards: readonly number[]): Promise<void> {
    return this.#call(() => this.#share.release(shards));
  }

  report(): Promise<EngineReport> {
    return this.#call(() => postgresReport(this.#db));
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
      const row = await this.#row<EventRow>(eventId, rowColumns);
      return row && detailOf(row);
    });
  }

  body(eventId: string): Promise<Uint8Array | undefined> {
    return this.#call(async () => (await this.#row<{ body: Uint8Array }>(eventId, "body"))?.body);
  }

  message(eventId: string): Promise<Message | undefined> {
    return this.#call(async () => {
      const row = await this.#row<EventRow & { body: Uint8Array }>(eventId, `${rowColumns}, body`);
      return row && messageOf(row, row.body);
    });
  }

  list(filter: EventFilter, limit: number, cursor: string | null): Promise<Page<EventRecord>> {
    return this.#call(() => pageOf(this.#db.pool, this.#db.schema, filter, limit, cursor));
  }

  timeline(entity: string, limit: number): Promise<readonly EventRecord[]> {
    return this.#call(() => timelineOf(this.#db.pool, this.#db.schema, entity, limit));
  }

  changes(after: number, limit: number): Promise<readonly Change[]> {
    return this.#call(() => readChanges(this.#db.pool, this.#db.schema, after, limit));
  }

  latestChange(): Promise<number> {
    return this.#call(() => visibleChange(this.#db.pool, this.#db.schema));
  }

  reopen(eventId: string, copy: string): Promise<void> {
    return this.#call(() =>
      inTransaction(this.#db.pool, async (client) => {
        await markChanges(client, this.#db.schema);
        await client.query(
          `update ${this.#db.schema}.event set status = 'pending', copy = $2, settled_at = null,
               change = nextval('${this.#db.schema}.change_seq')
             where event_id = $1 and copy <> $2 and status in ('handled', 'obsolete', 'dead')`,
          [indexable(eventId), storable(copy)],
        );
      }),
    );
  }

  stats(): Promise<LedgerStats> {
    return this.#call(async () => {
      const { rows } = await this.#db.pool.query<Record<string, string>>(
        `select sum(pending) as pending, sum(retrying) as retrying, sum(handled) as handled, sum(obsolete) as obsolete,
           sum(dead) as dead, sum(duplicates) as duplicates from ${this.#db.schema}.event_total`,
      );
      const of = (name: string): number => Number(rows[0]?.[name] ?? 0);
      const events = {
        pending: of("pending"),
        retrying: of("retrying"),
        handled: of("handled"),
        obsolete: of("obsolete"),
        dead: of("dead"),
      };
      return { events, duplicates: of("duplicates") };
    });
  }

  removeDead(eventId: string): Promise<boolean> {
    return this.#call(async () => {
      const { rowCount } = await this.#db.pool.query(
        `delete from ${this.#db.schema}.event where event_id = $1 and status = 'dead'`,
        [indexable(eventId)],
      );
      return (rowCount ?? 0) > 0;
    });
  }

  prune(before: number): Promise<number> {
    // Nobody waits for it at the end.
    return this.#ask(() => forget(this.#db, before, this.#closing.signal));
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    this.#closing.abort();
    await atMost(closeMs, Promise.allSettled([...this.#underWay, this.#showing]));
    const leaving = this.#share
      .leave()
      .catch((error: unknown) => this.#log.debug("ledger.leave_failed", errorFields(error)));
    await atMost(closeMs, leaving);
    const handlers = await this.#handlers?.catch(() => undefined);
    await Promise.all([this.#line.close(), handlers?.end(), this.#db.end()]);
  }

  async #show(): Promise<void> {
    if (this.#showing !== undefined) return;
    this.#showing = this.#aside(() => this.#admission.showSlow());
    await this.#showing;
    this.#showing = undefined;
  }

  /** Work that nobody waits for. What goes wrong here, the next call meets too, and reports it. */
  async #aside(work: () => Promise<void>): Promise<void> {
    await work().catch((error: unknown) => this.#log.debug("ledger.aside_failed", errorFields(error)));
  }

  async #row<Row extends object>(eventId: string, columns: string): Promise<Row | undefined> {
    const { rows } = await this.#db.pool.query<Row>(
      `select ${columns} from ${this.#db.schema}.event where event_id = $1 order by received_at desc limit 1`,
      [indexable(eventId)],
    );
    return rows[0];
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
      if (!(error instanceof RangeError || error instanceof ConfigError)) this.#health.lost(error);
      // A cursor that is none is the asker's mistake.
      throw error instanceof RangeError || error instanceof HookwellError ? error : unavailable(error);
    }
  }
}

const unavailable = (cause: unknown): LedgerUnavailableError =>
  new LedgerUnavailableError(`PostgreSQL: ${cause instanceof Error ? cause.message : String(cause)}`, {
    cause,
  });
