import type { DatabaseSync } from "node:sqlite";
import { codeOf } from "../../../lib/error-code.ts";
import { DamageError } from "../../../lib/sqlite/sqlite-errors.ts";
import type { QueueDepth } from "../../driver.ts";
import { queueClock } from "./clock.ts";
import type { Claimed } from "./claim.ts";
import { SqliteClaims } from "./claims.ts";
import { SqliteDelayed } from "./delayed.ts";
import { SqliteLeases } from "./leases.ts";
import { damaged, SqlitePacks } from "./packs.ts";
import { idOf, placeOf, type Receipt, sorted } from "./receipt.ts";

/** A message that is to be handed out again later. */
export interface Return {
  readonly receipt: Receipt;
  readonly ms: number;
  /** The attempt of the next hand-out. */
  readonly attempt: number;
}

/** Whose actions they are. It outlives the store, which is made anew when its file is opened again. */
export interface SqliteConsumer {
  readonly owner: string;
  readonly leaseMs: number;
  /** The newest hand-out when it took over: messages handed out up to it may have begun with another consumer. */
  before: number;
}

/** The queue's tables and every action on them. The caller gives each batch of actions one transaction. */
export class SqliteQueueStore {
  readonly #db: DatabaseSync;
  readonly #consumer: SqliteConsumer;
  readonly #packs: SqlitePacks;
  readonly #leases: SqliteLeases;
  readonly #delayed: SqliteDelayed;
  readonly #claims: SqliteClaims;
  readonly #now: () => number;
  readonly #statements: ReturnType<typeof prepareAll>;

  constructor(db: DatabaseSync, consumer: SqliteConsumer, now: () => number = queueClock(db)) {
    this.#db = db;
    this.#consumer = consumer;
    this.#now = now;
    const { owner, leaseMs } = consumer;
    this.#packs = new SqlitePacks(db);
    this.#leases = new SqliteLeases(db, owner);
    this.#delayed = new SqliteDelayed(db, owner);
    const tables = { packs: this.#packs, leases: this.#leases, delayed: this.#delayed };
    this.#claims = new SqliteClaims(db, { ...tables, owner, leaseMs, now });
    this.#statements = prepareAll(db);
  }

  send(messages: readonly Uint8Array[]): void {
    this.#packs.add(messages, this.#now());
  }

  /** @throws {DamageError} if the file has numbers that nobody wrote */
  claim(max: number): readonly Claimed[] {
    try {
      return this.#claims.claim(max);
    } catch (error) {
      throw codeOf(error) === "ERR_OUT_OF_RANGE" ? new DamageError(damaged, { cause: error }) : error;
    }
  }

  /**
   * Ends the leases of all consumers: this one has everything now. It also ends the delays of what was handed out too
   * early: the consumer that would keep the later messages back meanwhile no longer has them.
   */
  takeOver(): void {
    this.#db.exec("update lease set until = 0; update delayed set ready_at = 0 where owner is not null");
    this.#consumer.before = this.#claims.handed;
  }

  /**
   * Keeps the queue for the workers of one history.
   *
   * @param isAlone true if no other worker lives, so that no earlier reservation counts
   * @returns false if the queue is kept for another history
   */
  reserve(history: string, isAlone: boolean): boolean {
    const kept = this.#statements.history.get()?.["history"];
    if (kept === history) return true;
    if (kept !== null && !isAlone) return false;
    this.#statements.setHistory.run(history);
    return true;
  }

  /** Gives back what this consumer holds; what it did not answer keeps its attempt. */
  release(): void {
    this.#leases.release();
    this.#delayed.release();
  }

  ack(receipts: readonly Receipt[]): void {
    const { packed, delayed } = sorted(receipts);
    let done = 0;
    for (const id of delayed) done += this.#delayed.drop(id);
    for (const [pack, indexes] of packed) done += this.#packs.ack(pack, indexes);
    if (done > 0) this.#statements.addDone.run(done);
  }

  /**
   * Hands a message out again later, for another attempt: it leaves its place and becomes a delayed one, in one step.
   * Does nothing if it is acknowledged already.
   */
  retry(receipt: Receipt, message: Uint8Array, { ms, attempt }: Omit<Return, "receipt">): void {
    const readyAt = this.#now() + ms;
    const place = placeOf(receipt);
    if (place === undefined) {
      this.#delayed.again(idOf(receipt), readyAt, attempt);
      return;
    }
    const sentAt = this.#packs.sentAt(place.pack);
    if (sentAt === undefined || this.#packs.ack(place.pack, [place.index]) === 0) return;
    this.#delayed.add(message, sentAt, readyAt, attempt);
  }

  /** Hands out again later what was only handed out too early: it keeps its place. */
  park(returns: readonly Return[]): void {
    const now = this.#now();
    const { before } = this.#consumer;
    for (const [attempt, some] of Map.groupBy(returns, (each) => each.attempt)) {
      const packs = new Map<number, Map<number, number>>();
      for (const { receipt, ms } of some) {
        const place = placeOf(receipt);
        if (place === undefined) this.#delayed.park(idOf(receipt), now + ms, attempt, before);
        else packs.set(place.pack, (packs.get(place.pack) ?? new Map()).set(place.index, now + ms));
      }
      for (const [pack, untils] of packs) this.#leases.delay(pack, untils, attempt, before);
    }
  }

  extend(receipts: readonly Receipt[]): void {
    const until = this.#now() + this.#consumer.leaseMs;
    const { packed, delayed } = sorted(receipts);
    for (const id of delayed) this.#delayed.extend(id, until);
    for (const [pack, indexes] of packed) this.#leases.extend(pack, indexes, until);
  }

  /** In how many ms the first lease or delay ends; none has ended if a claim has just found nothing. */
  dueInMs(): number {
    return Number(this.#statements.firstDue.get()?.["at"]) - this.#now();
  }

  depth(): QueueDepth {
    const { waiting, oldest } = this.#statements.depth.get() as { waiting: number; oldest: number };
    return { messages: waiting, oldestAgeMs: Math.max(0, this.#now() - oldest) };
  }
}

const prepareAll = (db: DatabaseSync) => ({
  history: db.prepare("select history from total"),
  setHistory: db.prepare("update total set history = ?"),
  addDone: db.prepare("update total set done = done + ?"),
  // If nothing waits, it is of a far future, and so is the oldest.
  firstDue: db.prepare(/* sql */ `
    select min(
      coalesce((select min(until) from lease), 9e15),
      coalesce((select min(ready_at) from delayed), 9e15)
    ) as at`),
  depth: db.prepare(/* sql */ `
    select max(sent, coalesce((select sent from pack order by id desc limit 1), 0)) - done as waiting, min(
      coalesce((select at from pack order by id limit 1), 9e15),
      coalesce((select min(at) from delayed), 9e15)
    ) as oldest from total`),
});
