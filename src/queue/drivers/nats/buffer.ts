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
  /** By their shards and receipts. */
  readonly #kept = new Map<number, Map<string, Kept>>();
  readonly #lanes = new KeptLanes();
  #bytes = 0;
  /** How often messages were taken. */
  #takes = 0;

  /** @param mayGo false while others are to be handed on before it, which are not here yet */
  constructor(mayGo: (seat: Seat) => boolean) {
    this.#mayGo = mayGo;
  }

  /** One that was just fetched, and has a whole lease. */
  add(held: Held): void {
    const leasedAt = this.#takes;
    this.#add({ seat: held, order: held.order, readyAt: performance.now(), leasedAt, isSentBack: false });
  }

  /** One that was here for a while, and is to stay for so many ms. */
  addAgain(seat: Seat, delayMs = 0): void {
    this.#add({
      seat,
      order: seat.order,
      readyAt: performance.now() + delayMs,
      leasedAt: -1,
      isSentBack: true,
    });
  }

  has(receipt: string): boolean {
    return [...this.#kept.values()].some((kept) => kept.has(receipt));
  }

  /** How many are ready, or are so when they are fetched once more. */
  ready(): number {
    return this.#ready().length;
  }

  /** In how many ms one more is ready; endless if there is none. */
  nextMs(): number {
    const now = performance.now();
    return Math.max(0, this.#lanes.nextAt(now) - now);
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
    if (this.#kept.get(kept.seat.shard.index)?.get(receipt) !== kept) return;
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
    renew(taken.flatMap(({ kept, held }) => (kept.leasedAt < this.#takes ? held : [])));
    this.#delete(taken.map(({ kept }) => kept));
    this.#takes += 1;
    return taken.map(({ held }) => held);
  }

  /** Those of these shards, which are no longer here. */
  remove(isWanted: (shard: number) => boolean = () => true): readonly Seat[] {
    const wanted = [...this.#kept].flatMap(([shard, kept]) => (isWanted(shard) ? [...kept.values()] : []));
    this.#delete(wanted);
    return wanted.map(({ seat }) => seat);
  }

  all(): readonly Seat[] {
    return [...this.#kept.values()].flatMap((kept) => Array.from(kept.values(), ({ seat }) => seat));
  }

  #add(kept: Kept): void {
    const { seat } = kept;
    const before = this.#kept.get(seat.shard.index)?.get(receiptOf(seat));
    if (before !== undefined) this.#delete([before]);
    const ofShard = this.#kept.get(seat.shard.index) ?? new Map<string, Kept>();
    this.#kept.set(seat.shard.index, ofShard.set(receiptOf(seat), kept));
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
      this.#kept.get(seat.shard.index)?.delete(receiptOf(seat));
      if (isWhole(seat)) this.#bytes -= seat.bytes;
    }
    this.#lanes.remove(new Set(some));
  }

  #ready(): readonly Kept[] {
    return inOrder(this.#lanes.lead(this.#mayGo, performance.now()));
  }
}
