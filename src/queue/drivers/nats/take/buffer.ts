import { byOrder } from "../attempts/attempts.ts";
import { apart, type Held, isWhole, type Seat, seatOf } from "../answer/held.ts";
import { type Kept, KeptLanes } from "./kept.ts";

/** Bytes of bodies that may wait here; the server sends less at once. */
const mostBytes = 32 * 1024 * 1024;

/** How many bytes are fetched again at a time; or one message that is larger. */
const fillBytes = 4 * 1024 * 1024;

/**
 * Messages that are leased to this process and not handed on yet, in their order. If they are too much to keep, some
 * leave only their places here: such a message is fetched again when its turn has come.
 */
export class NatsBuffer {
  readonly #mayGo: (seat: Seat) => boolean;
  /** By their receipts. */
  readonly #kept = new Map<string, Kept>();
  readonly #lanes = new KeptLanes();
  /** What came since the last take, and has a whole lease. */
  #fresh = new Set<Kept>();
  #bytes = 0;

  /** @param mayGo false for a message while others that are not here yet must be handed on before it */
  constructor(mayGo: (seat: Seat) => boolean) {
    this.#mayGo = mayGo;
  }

  /** Adds a message that was just fetched and has a whole lease. */
  add(held: Held): void {
    const kept = { seat: held, readyAt: performance.now(), isAgain: false };
    this.#add(kept);
    this.#fresh.add(kept);
  }

  /** Adds a message that this process has had for a while; it is to stay for so many ms. */
  addAgain(seat: Seat, delayMs = 0): void {
    this.#add({ seat: apart(seat), readyAt: performance.now() + delayMs, isAgain: true });
  }

  has(receipt: string): boolean {
    return this.#kept.has(receipt);
  }

  /** How many are here. */
  get size(): number {
    return this.#kept.size;
  }

  /** How many are ready, including those that must be fetched again first. */
  ready(): number {
    return this.#ready().length;
  }

  /** In how many ms one more is ready; infinity if there is none. */
  nextMs(): number {
    const now = performance.now();
    return Math.max(0, this.#lanes.nextAt(now) - now);
  }

  /** Those of the first ready ones that must be fetched again. */
  missing(max: number): readonly Kept[] {
    const missing = this.#ready()
      .slice(0, max)
      .filter(({ seat }) => !isWhole(seat));
    let bytes = 0;
    const end = missing.findIndex(({ seat }) => (bytes += seat.bytes) > fillBytes);
    return end < 0 ? missing : missing.slice(0, Math.max(1, end));
  }

  /** It was fetched again, but may have left here meanwhile. @param held undefined: the stream no longer has it */
  fill(kept: Kept, held: Held | undefined): void {
    if (!this.#isHere(kept)) return;
    if (held === undefined) return this.#delete([kept]);
    kept.seat = held;
    this.#bytes += held.bytes;
  }

  /**
   * Takes the first that are ready.
   *
   * @param renew begins a whole lease for those that have waited here
   */
  take(max: number, renew: (old: readonly Held[]) => void): readonly Held[] {
    const first = this.#ready().slice(0, max);
    const taken = first.flatMap((kept) => (isWhole(kept.seat) ? { kept, held: kept.seat } : []));
    renew(taken.flatMap(({ kept, held }) => (this.#fresh.has(kept) ? [] : held)));
    this.#delete(taken.map(({ kept }) => kept));
    // Most go on at once, and need no copy.
    for (const kept of this.#fresh) kept.seat = apart(kept.seat);
    // Not cleared: a set that lives long makes V8 keep what has passed through it (see `UnderWay`).
    this.#fresh = new Set();
    return taken.map(({ held }) => held);
  }

  /** Takes out all messages of these shards. */
  remove(isWanted: (shard: number) => boolean): readonly Seat[] {
    const wanted = this.#lanes.ofShards(isWanted);
    this.#delete(wanted);
    return wanted.map(({ seat }) => seat);
  }

  all(): readonly Seat[] {
    return Array.from(this.#kept.values(), ({ seat }) => seat);
  }

  #isHere(kept: Kept): boolean {
    return this.#kept.get(kept.seat.receipt) === kept;
  }

  #add(kept: Kept): void {
    const { seat } = kept;
    const before = this.#kept.get(seat.receipt);
    if (before !== undefined) this.#delete([before]);
    this.#kept.set(seat.receipt, kept);
    this.#lanes.add(kept);
    if (!isWhole(seat)) return;
    this.#bytes += seat.bytes;
    if (this.#bytes > mostBytes) this.#forgetSurplus();
  }

  /** Drops the bodies beyond half of what may stay, so that not each new message makes us search. */
  #forgetSurplus(): void {
    for (const kept of this.#lanes.surplus(mostBytes / 2)) {
      this.#bytes -= kept.seat.bytes;
      kept.seat = seatOf(kept.seat);
    }
  }

  #delete(some: readonly Kept[]): void {
    for (const kept of some) {
      const { seat } = kept;
      this.#kept.delete(seat.receipt);
      this.#fresh.delete(kept);
      if (isWhole(seat)) this.#bytes -= seat.bytes;
    }
    this.#lanes.remove(new Set(some));
  }

  #ready(): readonly Kept[] {
    const lead = this.#lanes.lead(this.#mayGo, performance.now());
    return lead.toSorted((a, b) => byOrder(a.seat.order, b.seat.order));
  }
}
