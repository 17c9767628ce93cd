import type { DatabaseSync } from "node:sqlite";
import { Claim, type Claimed } from "./claim.ts";
import type { Delayed, SqliteDelayed } from "./delayed.ts";
import type { Lease, SqliteLeases } from "./leases.ts";
import type { Pack, SqlitePacks } from "./packs.ts";
import { delayedReceipt, packedReceipt } from "./receipt.ts";

export interface ClaimParts {
  readonly packs: SqlitePacks;
  readonly leases: SqliteLeases;
  readonly delayed: SqliteDelayed;
  readonly owner: string;
  readonly leaseMs: number;
  readonly now: () => number;
}

/** Which messages a consumer may have now. */
export class SqliteClaims {
  readonly #parts: ClaimParts;
  readonly #statements: ReturnType<typeof prepareAll>;

  constructor(db: DatabaseSync, parts: ClaimParts) {
    this.#parts = parts;
    this.#statements = prepareAll(db);
  }

  /** How many hand-outs there were, to all consumers: it says whose message came first when both come back. */
  get handed(): number {
    return Number(this.#statements.handed.get()?.["handed"]);
  }

  /** Up to `max` messages: those whose lease ended, those whose delay ended, and those never handed out. */
  claim(max: number): readonly Claimed[] {
    const claim = new Claim(max, this.#parts.now(), this.handed);
    // What was under way, in the order in which it was handed out: a retried message may have been sent later than one
    // that was handed out after it, and must not begin behind that now. All keep their places, since this consumer may
    // end before it has taken all of them.
    this.#takeBack(claim, "ended", ({ handed }) => handed);
    // What was handed out too early, and so has not begun: after what was under way, in the order of its places.
    this.#takeBack(claim, "waited", () => claim.nextHanded());
    // Half of the room, so that neither a storm of retries keeps new messages waiting, nor new messages the retries.
    this.#takeDue(claim, Math.ceil(claim.room / 2));
    this.#takeFresh(claim);
    this.#takeDue(claim, claim.room);
    if (claim.messages.length > 0) this.#statements.setHanded.run(claim.handed, claim.now);
    return claim.messages;
  }

  /**
   * Takes leases and delayed messages, merged by when they were handed out.
   *
   * @param which see the methods of `SqliteLeases` and `SqliteDelayed`
   * @param placeOf the place that each gets in the order of hand-outs
   */
  #takeBack(claim: Claim, which: "ended" | "waited", placeOf: (before: Lease | Delayed) => number): void {
    const { leases, delayed } = this.#parts;
    let pack: Pack | undefined;
    while (!claim.isFull) {
      const { room, now } = claim;
      const [packed, apart] = [leases[which](now, room), delayed[which](now, room)];
      if (packed.length === 0 && apart.length === 0) return;
      for (let [at, beside] = [0, 0]; !claim.isFull;) {
        const [lease, message] = [packed[at], apart[beside]];
        // What follows in a list that was cut off may belong before the head of the other list. Only this list needs
        // the check: the other one, taken to its end, has filled the claim.
        if (lease === undefined && packed.length === room) break;
        if (lease !== undefined && !(message !== undefined && message.handed < lease.handed)) {
          pack = this.#reclaim(pack, lease, claim, placeOf(lease));
          at += 1;
        } else if (message !== undefined) {
          this.#hold(message, claim, placeOf(message));
          beside += 1;
        } else break;
      }
    }
  }

  /** Takes what an ended lease covers. That may be nothing, since acknowledged messages stay covered. */
  #reclaim(known: Pack | undefined, lease: Lease, claim: Claim, handed: number): Pack | undefined {
    const { packs, leases } = this.#parts;
    leases.drop(lease);
    // Many small leases may belong to one large pack, which is then read only once.
    const pack = known?.id === lease.pack_id ? known : packs.get(lease.pack_id);
    if (pack === undefined) return undefined;
    const end = this.#take(pack, { ...lease, attempt: lease.attempt + 1, handed }, claim);
    if (end < lease.last) leases.add({ ...lease, first: end, until: 0 });
    return pack;
  }

  #takeFresh(claim: Claim): void {
    const { packs, leases } = this.#parts;
    let { pack: id, index: first } = leases.frontier();
    while (!claim.isFull) {
      const pack = packs.from(id);
      if (pack === undefined) return;
      const place = { first: pack.id === id ? first : 0, last: pack.count };
      this.#take(pack, { ...place, attempt: 1, handed: claim.nextHanded() }, claim);
      id = pack.id + 1;
      first = 0;
    }
  }

  /** Leases messages of a pack from `first` on; gives the index at which it stopped. */
  #take(
    pack: Pack,
    { first, last, attempt, handed }: Pick<Lease, "first" | "last" | "attempt" | "handed">,
    claim: Claim,
  ): number {
    const lengthAt = lengthsOf(pack);
    let at = 0;
    for (let index = 0; index < first; index += 1) at += lengthAt(index);
    let index = first;
    for (; index < last && !claim.isFull; index += 1) {
      const length = lengthAt(index);
      const body = pack.body.subarray(at, at + length);
      at += length;
      if (pack.done?.[index] !== 1) claim.add({ receipt: packedReceipt(pack.id, index), attempt, body });
    }
    const { leases, owner, leaseMs } = this.#parts;
    const lease = {
      pack_id: pack.id,
      first,
      last: index,
      until: claim.now + leaseMs,
      attempt,
      owner,
      handed,
    };
    if (index > first) leases.add(lease);
    return index;
  }

  #takeDue(claim: Claim, limit: number): void {
    for (const message of this.#parts.delayed.due(claim.now, limit)) {
      if (claim.isFull) return;
      this.#hold(message, claim, claim.nextHanded());
    }
  }

  #hold(message: Delayed, claim: Claim, handed: number): void {
    const { delayed, leaseMs } = this.#parts;
    const body = delayed.hold(message, claim.now + leaseMs, handed);
    claim.add({ receipt: delayedReceipt(message.id), attempt: message.attempt, body });
  }
}

/** Of a pack that is not sound, no message has any bytes. */
function lengthsOf({ isSound, lengths }: Pack): (index: number) => number {
  if (!isSound) return () => 0;
  const view = new DataView(lengths.buffer, lengths.byteOffset);
  return (index) => view.getUint32(index * 4, true);
}

const prepareAll = (db: DatabaseSync) => ({
  handed: db.prepare("select handed from total"),
  setHanded: db.prepare("update total set handed = ?, seen = max(seen, ?)"),
});
