import { type Held, inOrder, isWhole, receiptOf, type Seat, seatOf } from "./held.ts";
import { type Kept, KeptLanes } from "./kept.ts";

/** Bytes of bodies that may wait here; the server sends less at once. */
const mostBytes = 32 * 1024 * 1024;

/** Bytes that are fetched once more at a time, or one message that is larger. */
const fillBytes = 4 * 1024 * 1024;

/**
 * Messages that are leased to this process and not handed on yet, in their order. Of what is too much to keep, only the
 * places stay here: the message is fetched once more when its turn has come.
 */
export class NatsBuffer {
  readonly #mayGo: (seat: Seat) => boolean;
  readonly #kept = new Map<string, Kept>();
  readonly #lanes = new KeptLanes();
  #bytes = 0;

  /** @param mayGo false while others are to be handed on before it, which are not here yet */
  constructor(mayGo: (seat: Seat) => boolean) {
    this.#mayGo = mayGo;
  }

  /** One that was just fetched, and has a whole lease. */
  add(held: Held): void {
    this.#add({ seat: held, order: held.order, readyAt: performance.now(), isOld: false, isSentBack: false });
  }

  /** One that was here for a while, and is to stay for so many ms. */
  addAgain(seat: Seat, delayMs = 0): void {
    this.#add({
      seat,
      order: seat.order,
      readyAt: performance.now() + delayMs,
      isOld: true,
      isSentBack: true,
    });
  }

  has(receipt: string): boolean {
    return this.#kept.has(receipt);
  }

  /** How many are ready, or are so when they are fetched once more. */
  ready(): number {
    return this.#ready().length;
  }

  /** In how many ms one more is ready; endless if there is none. */
  nextMs(): number {
    const soonest = this.#lanes
      .lead(this.#mayGo)
      .reduce((least, { readyAt }) => Math.min(least, readyAt), Infinity);
    return Math.max(0, soonest - performance.now());
  }

  /** What is to be fetched once more of the first that are ready. */
  missing(max: number): readonly Kept[] {
    const missing = this.#ready()
      .slice(0, max)
      .filter(({ seat }) => !isWhole(seat));
    let bytes = 0;
    const end = missing.findIndex(({ seat }) => (bytes += seat.bytes) > fillBytes);
    return end < 0 ? missing : missing.slice(0, Math.max(1, end));
  }

  /** It was fetched once more, and may have left meanwhile; undefined: nobody has it any more. */
  fill(kept: Kept, held: Held | undefined): void {
    const receipt = receiptOf(kept.seat);
    if (this.#kept.get(receipt) !== kept) return;
    if (held === undefined) return this.#delete([kept]);
    kept.seat = held;
    this.#bytes += held.bytes;
  }

  /**
   * The first that are ready.
   *
   * @param renew begins a whole lease for those that have waited here
   */
  take(max: number, renew: (old: readonly Held[]) => void): readonly Held[] {
    const first = this.#ready().slice(0, max);
    const taken = first.flatMap((kept) => (isWhole(kept.seat) ? { kept, held: kept.seat } : []));
    renew(taken.flatMap(({ kept, held }) => (kept.isOld ? held : [])));
    this.#delete(taken.map(({ kept }) => kept));
    for (const left of this.#kept.values()) left.isOld = true;
    return taken.map(({ held }) => held);
  }

  /** Those that match, which are no longer here. */
  remove(isWanted: (seat: Seat) => boolean = () => true): readonly Seat[] {
    const wanted = [...this.#kept.values()].filter(({ seat }) => isWanted(seat));
    this.#delete(wanted);
    return inOrder(wanted.map(({ seat }) => seat));
  }

  all(): readonly Seat[] {
    return Array.from(this.#kept.values(), ({ seat }) => seat);
  }

  #add(kept: Kept): void {
    const { seat } = kept;
    const before = this.#kept.get(receiptOf(seat));
    if (before !== undefined) this.#delete([before]);
    this.#kept.set(receiptOf(seat), kept);
    this.#lanes.add(kept);
    if (!isWhole(seat)) return;
    this.#bytes += seat.bytes;
    if (this.#bytes > mostBytes) this.#forgetSurplus();
  }

  /** Of half, so that not each one that comes makes us search. */
  #forgetSurplus(): void {
    for (const kept of this.#lanes.surplus(mostBytes / 2)) {
      this.#bytes -= kept.seat.bytes;
      kept.seat = seatOf(kept.seat);
    }
  }

  #delete(some: readonly Kept[]): void {
    for (const { seat } of some) {
      this.#kept.delete(receiptOf(seat));
      if (isWhole(seat)) this.#bytes -= seat.bytes;
    }
    this.#lanes.remove(new Set(some));
  }

  #ready(): readonly Kept[] {
    if (this.#kept.size === 0) return [];
    const now = performance.now();
    return inOrder(this.#lanes.lead(this.#mayGo).filter(({ readyAt }) => readyAt <= now));
  }
}
