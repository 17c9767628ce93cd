import type { DatabaseSync } from "node:sqlite";
import { crc32 } from "node:zlib";
import type { QueueDepth } from "../../driver.ts";
import { joined } from "../../../lib/spans.ts";
import { queueClock } from "./clock.ts";
import type { Claimed } from "./claim.ts";
import { SqliteClaims } from "./claims.ts";
import { SqliteDelayed } from "./delayed.ts";
import { SqliteLeases } from "./leases.ts";
import { idOf, placeOf, type Receipt, sorted } from "./receipt.ts";

interface Delay {
  readonly ms: number;
  /** The attempt of the next hand-out. */
  readonly attempt: number;
}

/** A message that was handed out too early. */
export interface Parking extends Delay {
  readonly receipt: Receipt;
}

/** At most this many bytes share a pack, so that a worker that wants a few messages reads no more than this. */
const packBytes = 4 * 1024 * 1024;
const packMessages = 1_000;

/** The queue's tables and every action on them. The caller gives each batch of actions one transaction. */
export class SqliteQueueStore {
  readonly #db: DatabaseSync;
  readonly #leases: SqliteLeases;
  readonly #delayed: SqliteDelayed;
  readonly #claims: SqliteClaims;
  readonly #now: () => number;
  readonly #leaseMs: number;
  readonly #statements: ReturnType<typeof prepareAll>;
  /** The newest hand-out when this consumer took over: messages handed out up to it may have begun elsewhere. */
  #before = 0;

  constructor(db: DatabaseSync, owner: string, leaseMs: number, now: () => number = queueClock(db)) {
    this.#db = db;
    this.#leaseMs = leaseMs;
    this.#now = now;
    this.#leases = new SqliteLeases(db, owner);
    this.#delayed = new SqliteDelayed(db, owner);
    const parts = { leases: this.#leases, delayed: this.#delayed, owner, leaseMs, now };
    this.#claims = new SqliteClaims(db, parts);
    this.#statements = prepareAll(db);
  }

  /** Writes messages down, as many in a pack as fit. */
  send(messages: readonly Uint8Array[]): void {
    if (messages.length === 0) return;
    let { id, sent } = this.#statements.newest.get() as { id: number; sent: number };
    let from = 0;
    while (from < messages.length) {
      let to = from;
      let bytes = 0;
      while (to < messages.length && to - from < packMessages && (to === from || bytes < packBytes)) {
        bytes += messages[to]?.length ?? 0;
        to += 1;
      }
      const part = messages.slice(from, to);
      const lengths = Uint32Array.from(part, (message) => message.length);
      const body = joined(part) ?? Buffer.concat(part, bytes);
      const marks = new Uint8Array(lengths.buffer);
      id += 1;
      sent += part.length;
      this.#statements.addPack.run(id, this.#now(), part.length, sent, crc32(body), marks, body);
      from = to;
    }
  }

  claim(max: number): readonly Claimed[] {
    return this.#claims.claim(max);
  }

  /**
   * Ends the leases of all consumers: this one has everything now. It also ends the delays of what was handed out too
   * early: the consumer that would keep the later messages back meanwhile no longer has them.
   */
  takeOver(): void {
    this.#db.exec("update lease set until = 0; update delayed set ready_at = 0 where owner is not null");
    this.#before = Number(this.#statements.handed.get()?.["handed"]);
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
    for (const [pack, indexes] of packed) done += this.#ackInPack(pack, indexes);
    if (done > 0) this.#statements.addDone.run(done);
  }

  /**
   * Hands a message out again later, for another attempt: it leaves its place and becomes a delayed one, in one step.
   * Does nothing if it is acknowledged already.
   */
  retry(receipt: Receipt, message: Uint8Array, { ms, attempt }: Delay): void {
    const readyAt = this.#now() + ms;
    const place = placeOf(receipt);
    if (place === undefined) {
      this.#delayed.again(idOf(receipt), readyAt, attempt);
      return;
    }
    const pack = this.#statements.packHead.get(place.pack);
    if (pack === undefined || this.#ackInPack(place.pack, [place.index]) === 0) return;
    this.#delayed.add(message, Number(pack["at"]), readyAt, attempt);
  }

  /** Hands out again later what was only handed out too early: it keeps its place. */
  park(parkings: readonly Parking[]): void {
    const now = this.#now();
    for (const [attempt, some] of Map.groupBy(parkings, (parking) => parking.attempt)) {
      const packs = new Map<number, Map<number, number>>();
      for (const { receipt, ms } of some) {
        const place = placeOf(receipt);
        if (place === undefined) this.#delayed.park(idOf(receipt), now + ms, attempt, this.#before);
        else packs.set(place.pack, (packs.get(place.pack) ?? new Map()).set(place.index, now + ms));
      }
      for (const [pack, untils] of packs) this.#leases.delay(pack, untils, attempt, this.#before);
    }
  }

  extend(receipts: readonly Receipt[]): void {
    const until = this.#now() + this.#leaseMs;
    const { packed, delayed } = sorted(receipts);
    for (const id of delayed) this.#delayed.extend(id, until);
    for (const [pack, indexes] of packed) this.#leases.extend(pack, indexes, until);
  }

  depth(): QueueDepth {
    const { waiting, oldest } = this.#statements.depth.get() as { waiting: number; oldest: number };
    return { messages: waiting, oldestAgeMs: waiting === 0 ? 0 : Math.max(0, this.#now() - oldest) };
  }

  /** Acknowledges messages of a pack; gives how many of them were not acknowledged before. */
  #ackInPack(pack: number, indexes: readonly number[]): number {
    const head = this.#statements.packHead.get(pack);
    if (head === undefined) return 0;
    const done = (head["done"] as Uint8Array | null) ?? new Uint8Array(Number(head["count"]));
    let fresh = 0;
    for (const index of indexes) {
      if (done[index] !== 0) continue;
      done[index] = 1;
      fresh += 1;
    }
    if (done.every((mark) => mark === 1)) this.#dropPack(pack, Number(head["sent"]));
    else this.#statements.setProgress.run(pack, done);
    return fresh;
  }

  /** Removes a pack, but keeps its id and its count, so that those of later packs are higher. */
  #dropPack(pack: number, sent: number): void {
    this.#statements.keepNewest.run(pack, sent);
    this.#statements.dropPack.run(pack);
    this.#statements.dropLeases.run(pack);
    this.#statements.dropProgress.run(pack);
  }
}

const prepareAll = (db: DatabaseSync) => ({
  addPack: db.prepare(
    "insert into pack (id, at, count, sent, checksum, lengths, body) values (?, ?, ?, ?, ?, ?, ?)",
  ),
  newest: db.prepare(/* sql */ `
    select max(pack_id, coalesce((select id from pack order by id desc limit 1), 0)) as id,
      max(sent, coalesce((select sent from pack order by id desc limit 1), 0)) as sent from total`),
  handed: db.prepare("select handed from total"),
  history: db.prepare("select history from total"),
  setHistory: db.prepare("update total set history = ?"),
  keepNewest: db.prepare("update total set pack_id = max(pack_id, ?), sent = max(sent, ?)"),
  addDone: db.prepare("update total set done = done + ?"),
  packHead: db.prepare(/* sql */ `
    select pack.at, pack.count, pack.sent, progress.done from pack
    left join progress on progress.pack_id = pack.id where pack.id = ?`),
  setProgress: db.prepare("insert or replace into progress (pack_id, done) values (?, ?)"),
  dropPack: db.prepare("delete from pack where id = ?"),
  dropLeases: db.prepare("delete from lease where pack_id = ?"),
  dropProgress: db.prepare("delete from progress where pack_id = ?"),
  depth: db.prepare(/* sql */ `
    select max(sent, coalesce((select sent from pack order by id desc limit 1), 0)) - done as waiting, min(
      coalesce((select at from pack order by id limit 1), 9e15),
      coalesce((select min(at) from delayed), 9e15)
    ) as oldest from total`),
});
