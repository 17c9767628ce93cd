import type { DatabaseSync } from "node:sqlite";

/** A message handed out. */
export interface Claimed {
  readonly receipt: string;
  readonly attempt: number;
  readonly body: Uint8Array;
}

interface PackRow {
  readonly id: number;
  readonly count: number;
  readonly lengths: Uint8Array;
  readonly body: Uint8Array;
  /** One byte for each message, 1 if it is acknowledged. */
  readonly done: Uint8Array | null;
}

interface LeaseRow {
  readonly pack_id: number;
  readonly first: number;
  readonly last: number;
  readonly until: number;
  readonly attempt: number;
  readonly owner: string;
}

/** Owner of a lease that is only a delay. */
const nobody = "";

/** Which messages a consumer may have, and for how long. */
export class SqliteClaims {
  readonly #owner: string;
  readonly #leaseMs: number;
  readonly #statements: ReturnType<typeof prepareAll>;

  constructor(db: DatabaseSync, owner: string, leaseMs: number) {
    this.#owner = owner;
    this.#leaseMs = leaseMs;
    this.#statements = prepareAll(db);
  }

  /** Up to `max` messages: those whose lease ended, those whose delay ended, and those never handed out. */
  claim(max: number): readonly Claimed[] {
    const now = Date.now();
    const claimed: Claimed[] = [];
    this.#claimExpired(now, max, claimed);
    // Half of the room, so that a storm of retries does not keep new messages waiting, nor they the retries.
    this.#claimDelayed(now, Math.ceil((max - claimed.length) / 2), claimed);
    this.#claimFresh(now, max, claimed);
    this.#claimDelayed(now, max - claimed.length, claimed);
    return claimed;
  }

  /** Begins the lease of these messages anew, and leaves their neighbours as they are. */
  extendInPack(pack: number, indexes: ReadonlySet<number>, until: number): void {
    this.#splitLeases(pack, indexes, (lease) => ({ ...lease, until }));
  }

  /**
   * Lets a message wait where it is: it keeps its place before all that came later. Its lease becomes the delay, and
   * nobody's; the end of a lease counts as an attempt, so one less is written down.
   */
  delayInPack(pack: number, index: number, until: number, attempt: number): void {
    this.#splitLeases(pack, new Set([index]), (lease) => ({
      ...lease,
      until,
      attempt: attempt - 1,
      owner: nobody,
    }));
  }

  extendDelayed(id: number, until: number): void {
    this.#statements.extendDelayed.run(until, id, this.#owner);
  }

  /** Gives everything back at once; what was not answered keeps its attempt. */
  release(): void {
    this.#statements.releasePacks.run(this.#owner);
    this.#statements.releaseDelayed.run(this.#owner);
  }

  #splitLeases(pack: number, indexes: ReadonlySet<number>, change: (lease: LeaseRow) => LeaseRow): void {
    const [lowest, highest] = [Math.min(...indexes), Math.max(...indexes)];
    const leases = this.#statements.leasesAt.all(pack, this.#owner, highest, lowest) as unknown as LeaseRow[];
    for (const lease of leases) {
      this.#statements.dropLease.run(pack, lease.first);
      let first = lease.first;
      while (first < lease.last) {
        const changes = indexes.has(first);
        let last = first + 1;
        while (last < lease.last && indexes.has(last) === changes) last += 1;
        const { until, attempt, owner } = changes ? change(lease) : lease;
        this.#statements.lease.run(pack, first, last, until, attempt, owner);
        first = last;
      }
    }
  }

  #claimExpired(now: number, max: number, claimed: Claimed[]): void {
    let pack: PackRow | undefined;
    while (claimed.length < max) {
      const leases = this.#statements.expired.all(now, max - claimed.length) as unknown as LeaseRow[];
      if (leases.length === 0) return;
      for (const lease of leases) {
        this.#statements.dropLease.run(lease.pack_id, lease.first);
        // Many small leases may be of one large pack, which is read once.
        if (pack?.id !== lease.pack_id)
          pack = this.#statements.pack.get(lease.pack_id) as PackRow | undefined;
        if (pack !== undefined) this.#reclaim(pack, lease, now, max, claimed);
      }
    }
  }

  /** Takes what an ended lease covers. It may be nothing: what is acknowledged stays covered. */
  #reclaim(pack: PackRow, lease: LeaseRow, now: number, max: number, claimed: Claimed[]): void {
    const end = this.#take(pack, lease.first, lease.last, lease.attempt + 1, now, max, claimed);
    if (end < lease.last) this.#statements.lease.run(pack.id, end, lease.last, 0, lease.attempt, lease.owner);
  }

  #claimFresh(now: number, max: number, claimed: Claimed[]): void {
    const frontier = this.#statements.frontier.get() as { pack_id: number; last: number } | undefined;
    let { pack_id: id, last: first } = frontier ?? { pack_id: 0, last: 0 };
    while (claimed.length < max) {
      const pack = this.#statements.packFrom.get(id) as PackRow | undefined;
      if (pack === undefined) return;
      this.#take(pack, pack.id === id ? first : 0, pack.count, 1, now, max, claimed);
      id = pack.id + 1;
      first = 0;
    }
  }

  /** Leases messages of a pack from `first` on; where it stopped. */
  #take(
    pack: PackRow,
    first: number,
    last: number,
    attempt: number,
    now: number,
    max: number,
    claimed: Claimed[],
  ): number {
    const lengths = new DataView(pack.lengths.buffer, pack.lengths.byteOffset);
    let at = 0;
    for (let index = 0; index < first; index += 1) at += lengths.getUint32(index * 4, true);
    let index = first;
    for (; index < last && claimed.length < max; index += 1) {
      const length = lengths.getUint32(index * 4, true);
      const body = pack.body.subarray(at, at + length);
      at += length;
      if (pack.done?.[index] !== 1) claimed.push({ receipt: `p${pack.id}.${index}`, attempt, body });
    }
    if (index > first) {
      this.#statements.lease.run(pack.id, first, index, now + this.#leaseMs, attempt, this.#owner);
    }
    return index;
  }

  #claimDelayed(now: number, max: number, claimed: Claimed[]): void {
    for (const row of this.#statements.due.all(now, max)) {
      const attempt = Number(row["attempt"]);
      // A lease that ends without an answer counts as an attempt; so the next hand-out is written down beforehand.
      this.#statements.hold.run(now + this.#leaseMs, attempt + 1, this.#owner, Number(row["id"]));
      claimed.push({ receipt: `d${Number(row["id"])}`, attempt, body: row["body"] as Uint8Array });
    }
  }
}

const packColumns = "select pack.id, pack.count, pack.lengths, pack.body, progress.done from pack";
const withProgress = "left join progress on progress.pack_id = pack.id";

const prepareAll = (db: DatabaseSync) => ({
  expired: db.prepare("select * from lease where until <= ? order by pack_id, first limit ?"),
  frontier: db.prepare("select pack_id, last from lease order by pack_id desc, first desc limit 1"),
  pack: db.prepare(`${packColumns} ${withProgress} where pack.id = ?`),
  packFrom: db.prepare(`${packColumns} ${withProgress} where pack.id >= ? order by pack.id limit 1`),
  lease: db.prepare(/* sql */ `
    insert or replace into lease (pack_id, first, last, until, attempt, owner) values (?, ?, ?, ?, ?, ?)`),
  dropLease: db.prepare("delete from lease where pack_id = ? and first = ?"),
  leasesAt: db.prepare("select * from lease where pack_id = ? and owner = ? and first <= ? and last > ?"),
  due: db.prepare(/* sql */ `
    select id, attempt, body from delayed where ready_at <= ? order by ready_at, id limit ?`),
  hold: db.prepare("update delayed set ready_at = ?, attempt = ?, owner = ? where id = ?"),
  extendDelayed: db.prepare("update delayed set ready_at = ? where id = ? and owner = ?"),
  releasePacks: db.prepare("update lease set until = 0, attempt = attempt - 1 where owner = ?"),
  releaseDelayed: db.prepare(/* sql */ `
    update delayed set ready_at = 0, attempt = attempt - 1, owner = null where owner = ?`),
});
