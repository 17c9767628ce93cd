import type { DatabaseSync } from "node:sqlite";
import { crc32 } from "node:zlib";
import { DamageError } from "../../lib/sqlite.ts";

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
  readonly checksum: number;
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
  readonly handed: number;
}

interface DelayedRow {
  readonly id: number;
  readonly attempt: number;
  readonly handed: number;
  readonly body: Uint8Array;
}

/** A claim takes no more when it has so many bytes, however large the messages are. */
const mostBytes = 16 * 1024 * 1024;

/** Owner of a lease that is only a delay, and of what was given back. */
const nobody = "";

/** Which messages a consumer may have, and for how long. */
export class SqliteClaims {
  readonly #owner: string;
  readonly #leaseMs: number;
  readonly #now: () => number;
  readonly #statements: ReturnType<typeof prepareAll>;
  #handed: number;
  /** Of what is being claimed. */
  #bytes = 0;

  constructor(db: DatabaseSync, owner: string, leaseMs: number, now: () => number) {
    this.#owner = owner;
    this.#leaseMs = leaseMs;
    this.#now = now;
    this.#statements = prepareAll(db);
    this.#handed = Number(this.#statements.newestHanded.get()?.["handed"]);
  }

  /** Up to `max` messages: those whose lease ended, those whose delay ended, and those never handed out. */
  claim(max: number): readonly Claimed[] {
    const now = this.#now();
    this.#bytes = 0;
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
        const { until, attempt, owner, handed } = changes ? change(lease) : lease;
        this.#statements.lease.run(pack, first, last, until, attempt, owner, handed);
        first = last;
      }
    }
  }

  /**
   * What was handed out and not answered, in the order in which it was handed out: a retry that was on its way may be
   * newer than a message that came after it, and must not begin behind it now.
   */
  #claimExpired(now: number, max: number, claimed: Claimed[]): void {
    let pack: PackRow | undefined;
    while (claimed.length < max && this.#bytes < mostBytes) {
      const leases = this.#statements.expired.all(now, max - claimed.length) as unknown as LeaseRow[];
      const held = this.#statements.held.all(now, max - claimed.length) as unknown as DelayedRow[];
      if (leases.length === 0 && held.length === 0) return;
      // What comes later in a list that was cut off may belong before the end of the other.
      const end = Math.min(lastIfFull(leases, max - claimed.length), lastIfFull(held, max - claimed.length));
      for (const item of [...leases, ...held].sort((a, b) => a.handed - b.handed)) {
        if (item.handed > end || claimed.length >= max || this.#bytes >= mostBytes) break;
        if ("id" in item) this.#hold(item, now, claimed);
        else pack = this.#reclaim(pack, item, now, max, claimed);
      }
    }
  }

  /** Takes what an ended lease covers. It may be nothing: what is acknowledged stays covered. */
  #reclaim(
    known: PackRow | undefined,
    lease: LeaseRow,
    now: number,
    max: number,
    claimed: Claimed[],
  ): PackRow | undefined {
    const { pack_id: id, first, last, attempt, owner, handed } = lease;
    this.#statements.dropLease.run(id, first);
    // Many small leases may be of one large pack, which is read once.
    const pack = known?.id === id ? known : packOf(this.#statements.pack.get(id));
    if (pack === undefined) return undefined;
    const end = this.#take(pack, first, last, attempt + 1, now, max, claimed);
    if (end < last) this.#statements.lease.run(id, end, last, 0, attempt, owner, handed);
    return pack;
  }

  #claimFresh(now: number, max: number, claimed: Claimed[]): void {
    const frontier = this.#statements.frontier.get() as { pack_id: number; last: number } | undefined;
    let { pack_id: id, last: first } = frontier ?? { pack_id: 0, last: 0 };
    while (claimed.length < max && this.#bytes < mostBytes) {
      const pack = packOf(this.#statements.packFrom.get(id));
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
    for (; index < last && claimed.length < max && this.#bytes < mostBytes; index += 1) {
      const length = lengths.getUint32(index * 4, true);
      const body = pack.body.subarray(at, at + length);
      at += length;
      if (pack.done?.[index] === 1) continue;
      claimed.push({ receipt: `p${pack.id}.${index}`, attempt, body });
      this.#bytes += length;
    }
    if (index > first) {
      const until = now + this.#leaseMs;
      this.#statements.lease.run(pack.id, first, index, until, attempt, this.#owner, this.#nextHanded());
    }
    return index;
  }

  #claimDelayed(now: number, max: number, claimed: Claimed[]): void {
    for (const row of this.#statements.due.all(now, max) as unknown as DelayedRow[]) {
      if (this.#bytes >= mostBytes) return;
      this.#hold(row, now, claimed);
    }
  }

  #hold({ id, attempt, body }: DelayedRow, now: number, claimed: Claimed[]): void {
    // A lease that ends without an answer counts as an attempt; so the next hand-out is written down beforehand.
    this.#statements.hold.run(now + this.#leaseMs, attempt + 1, this.#owner, this.#nextHanded(), id);
    claimed.push({ receipt: `d${id}`, attempt, body });
    this.#bytes += body.length;
  }

  #nextHanded(): number {
    this.#handed += 1;
    return this.#handed;
  }
}

/** The last place of a list that was cut off at its limit. */
function lastIfFull(items: readonly { readonly handed: number }[], limit: number): number {
  return items.length < limit ? Number.POSITIVE_INFINITY : (items.at(-1)?.handed ?? 0);
}

/**
 * A pack as it was read.
 *
 * @throws {DamageError} if its bytes are not those that were written
 */
function packOf(row: Record<string, unknown> | undefined): PackRow | undefined {
  const pack = row as unknown as PackRow | undefined;
  if (pack !== undefined && crc32(pack.body) !== pack.checksum) {
    throw new DamageError("waiting events are not what was written");
  }
  return pack;
}

const packColumns =
  "select pack.id, pack.count, pack.lengths, pack.checksum, pack.body, progress.done from pack";
const withProgress = "left join progress on progress.pack_id = pack.id";

const prepareAll = (db: DatabaseSync) => ({
  expired: db.prepare("select * from lease where until <= ? order by handed limit ?"),
  held: db.prepare(/* sql */ `
    select id, attempt, handed, body from delayed where ready_at <= ? and owner is not null order by handed limit ?`),
  newestHanded: db.prepare(/* sql */ `
    select max(coalesce((select max(handed) from lease), 0), coalesce((select max(handed) from delayed where owner is not null), 0)) as handed`),
  frontier: db.prepare("select pack_id, last from lease order by pack_id desc, first desc limit 1"),
  pack: db.prepare(`${packColumns} ${withProgress} where pack.id = ?`),
  packFrom: db.prepare(`${packColumns} ${withProgress} where pack.id >= ? order by pack.id limit 1`),
  lease: db.prepare(/* sql */ `
    insert or replace into lease (pack_id, first, last, until, attempt, owner, handed) values (?, ?, ?, ?, ?, ?, ?)`),
  dropLease: db.prepare("delete from lease where pack_id = ? and first = ?"),
  leasesAt: db.prepare("select * from lease where pack_id = ? and owner = ? and first <= ? and last > ?"),
  due: db.prepare(/* sql */ `
    select id, attempt, handed, body from delayed where ready_at <= ? order by ready_at, id limit ?`),
  hold: db.prepare("update delayed set ready_at = ?, attempt = ?, owner = ?, handed = ? where id = ?"),
  extendDelayed: db.prepare("update delayed set ready_at = ? where id = ? and owner = ?"),
  releasePacks: db.prepare("update lease set until = 0, attempt = attempt - 1 where owner = ?"),
  releaseDelayed: db.prepare(/* sql */ `
    update delayed set ready_at = 0, attempt = attempt - 1, owner = '' where owner = ?`),
});
