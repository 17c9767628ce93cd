import { randomUUID } from "node:crypto";
import type { Message } from "../../../event/message.ts";
import { Bell } from "../../../lib/async/bell.ts";
import type { EngineReport } from "../../../lib/engines/engine-report.ts";
import { Gather } from "../../../lib/async/gather.ts";
import { opened } from "../../../lib/engines/opened.ts";
import { queueConnections } from "../../../lib/postgres/connection-limit.ts";
import { Calls } from "../../../lib/postgres/calls.ts";
import { openPostgres, type Postgres } from "../../../lib/postgres/postgres.ts";
import { postgresReport } from "../../../lib/postgres/report.ts";
import { atMost } from "../../../lib/async/within.ts";
import { silentLog } from "../../../log.ts";
import {
  type Delivery,
  type QueueDepth,
  type QueueDriver,
  type QueueDriverOptions,
  receiptsOf,
  receiveMs,
  type RetryOptions,
  sharedShards,
  type WorkersHistory,
} from "../../driver.ts";
import { PostgresAnswers, type Return } from "./answers.ts";
import { PostgresNotifications } from "./notifications.ts";
import { PostgresConsumer } from "./consumer.ts";
import { PostgresDepth } from "./depth.ts";
import { PostgresFloors } from "./floors.ts";
import { PostgresHandOuts } from "./hand-outs.ts";
import { PostgresMarks } from "./marks.ts";
import { PostgresReservation } from "./reservation.ts";
import { queueSteps } from "./schema.ts";
import { PostgresSender } from "./sender.ts";

/** The least time between two looks, in ms: another consumer may get what is due. */
const lookMs = 100;
/** How long each step of closing may take, in ms; a server that hangs is not waited for any longer. */
const closeMs = 2_000;

/**
 * A queue in PostgreSQL, which any number of processes share. A server that does not answer now is waited for: calls
 * fail until it does.
 *
 * @throws {ConfigError} if the URL cannot be used, the package `pg` is missing, or the server refuses us for good
 * @throws {NotMadeError} if it is only looked at, and there is none
 * @throws {DataVersionError} if a newer Hookwell made the tables so that this one cannot work with them
 */
export async function openPostgresQueue(url: string, options: QueueDriverOptions): Promise<QueueDriver> {
  const db = await openPostgres(url, { part: "queue", connections: queueConnections });
  return opened(new PostgresQueue(db, options));
}

class PostgresQueue implements QueueDriver {
  readonly shards = sharedShards;
  readonly #db: Postgres;
  readonly #sender: PostgresSender;
  readonly #consumer: PostgresConsumer;
  readonly #answers: PostgresAnswers;
  readonly #depth: PostgresDepth;
  readonly #handOuts: PostgresHandOuts;
  /** Rings when there may be something, or something may fall due sooner than was known. */
  readonly #bell = new Bell();
  readonly #notifications: PostgresNotifications;
  readonly #reservation: PostgresReservation;
  readonly #returns = new Gather((returns: readonly Return[]) =>
    this.#handOuts.giveBack(returns).then(() => returns),
  );
  readonly #calls: Calls;
  #closed: Promise<void> | undefined;

  constructor(db: Postgres, { leaseMs, log = silentLog, isLook = false }: QueueDriverOptions) {
    this.#db = db;
    this.#sender = new PostgresSender(db);
    this.#reservation = new PostgresReservation(db, leaseMs);
    const owner = randomUUID();
    this.#consumer = new PostgresConsumer(db, owner, leaseMs);
    this.#answers = new PostgresAnswers(db, owner, leaseMs);
    const marks = new PostgresMarks(db);
    this.#depth = new PostgresDepth(db, marks);
    this.#handOuts = new PostgresHandOuts(this.#consumer, this.#answers, new PostgresFloors(db, marks));
    this.#notifications = new PostgresNotifications(
      db,
      () => this.#bell.ring(),
      () => this.#handOuts.lost(),
    );
    this.#calls = new Calls({
      db,
      steps: queueSteps,
      log,
      isLook,
      unanswered: () => this.#handOuts.lost(),
    });
  }

  open(): Promise<void> {
    return this.#calls.open();
  }

  async send(messages: readonly Message[]): Promise<void> {
    await this.#calls.run(() => this.#sender.send(messages));
    this.#notifications.tell();
  }

  async own(shards: readonly number[]): Promise<void> {
    await this.#calls.run(() => this.#handOuts.own(shards));
    this.#bell.ring();
  }

  reserve(history: WorkersHistory): Promise<number> {
    return this.#calls.run(() => this.#reservation.take(history));
  }

  async receive(max: number, signal: AbortSignal): Promise<readonly Delivery[]> {
    this.#notifications.listen();
    const until = performance.now() + receiveMs;
    while (!signal.aborted && this.#closed === undefined) {
      const { rung } = this.#bell;
      const { ownsNothing } = this.#handOuts;
      const deliveries = ownsNothing ? [] : await this.#calls.run(() => this.#handOuts.take(max));
      if (deliveries.length > 0) return deliveries;
      const left = until - performance.now();
      // The queue may have been closed while the server was asked.
      if (left <= 0 || this.#closed !== undefined) break;
      const dueMs = ownsNothing ? receiveMs : await this.#calls.run(() => this.#handOuts.dueMs(left));
      await this.#bell.wait(Math.min(left, Math.max(lookMs, dueMs)), signal, rung);
    }
    return [];
  }

  ack(deliveries: readonly Delivery[]): Promise<void> {
    return this.#calls.run(() => this.#handOuts.ack(receiptsOf(deliveries)));
  }

  async retry({ receipt, attempt }: Delivery, options: RetryOptions): Promise<void> {
    const { delayMs, attempt: nextAttempt } = options;
    await this.#calls.run(() => this.#returns.ask([{ receipt, attempt, delayMs, nextAttempt }]));
    if (delayMs <= 0) this.#notifications.tell();
    else this.#bell.ring();
  }

  extend(deliveries: readonly Delivery[]): Promise<void> {
    return this.#calls.run(() => this.#answers.extend(receiptsOf(deliveries)));
  }

  depth(): Promise<QueueDepth> {
    return this.#calls.read(() => this.#depth.read());
  }

  report(): Promise<EngineReport> {
    return this.#calls.read(() => postgresReport(this.#db));
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#bell.ring();
    await atMost(closeMs, this.#calls.close());
    // If the server does not answer, the leases end by themselves.
    await atMost(closeMs, this.#leave());
    this.#notifications.close();
    await this.#db.end();
  }

  /** Both at the same time: if messages cannot be given back now, that must not keep the next worker from starting. */
  async #leave(): Promise<void> {
    await Promise.allSettled([this.#consumer.release(), this.#reservation.leave()]);
  }
}
