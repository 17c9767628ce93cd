import type { DatabaseSync } from "node:sqlite";

/** Neighbours in a pack that somebody holds. */
export interface Lease {
  readonly pack_id: number;
  /** Index of the first message, and the index behind the last one. */
  readonly first: number;
  readonly last: number;
  readonly until: number;
  readonly attempt: number;
  readonly owner: string;
  /** Place in the order of hand-outs. */
  readonly handed: number;
}

/** The owner of what was handed out too early and waits to be handed out again. */
export const nobody = "";
/** The same, for what another consumer was handed before and may have begun: its place is among what was under way. */
export const another = "another";

/** The leases of messages that are in packs. */
export class SqliteLeases {
  readonly #owner: string;
  readonly #statements: ReturnType<typeof prepareAll>;

  /** @param owner whose leases are extended, delayed and released */
  constructor(db: DatabaseSync, owner: string) {
    this.#owner = owner;
    this.#statements = prepareAll(db);
  }

  add({ pack_id, first, last, until, attempt, owner, handed }: Lease): void {
    this.#statements.add.run(pack_id, first, last, until, attempt, owner, handed);
  }

  drop({ pack_id, first }: Lease): void {
    this.#statements.drop.run(pack_id, first);
  }

  /** Ended leases, and ended delays of what another consumer had before, in the order of hand-outs. */
  ended(now: number, limit: number): readonly Lease[] {
    return this.#statements.ended.all(now, limit) as unknown as Lease[];
  }

  /** Ended delays of what else was handed out too early, in the order of sending. */
  waited(now: number, limit: number): readonly Lease[] {
    return this.#statements.waited.all(now, limit) as unknown as Lease[];
  }

  /** The place from which on nothing was ever handed out. */
  frontier(): { readonly pack: number; readonly index: number } {
    const lease = this.#statements.last.get();
    const [pack, index] = [Number(lease?.["pack_id"] ?? 0), Number(lease?.["last"] ?? 0)];
    // Skips a pack that is handed out to its end: to read it takes milliseconds, each time that somebody looks for
    // more.
    return index === Number(lease?.["count"]) ? { pack: pack + 1, index: 0 } : { pack, index };
  }

  /** Begins the lease of these messages anew, and leaves their neighbours as they are. */
  extend(pack: number, indexes: readonly number[], until: number): void {
    this.#split(pack, new Map(indexes.map((index) => [index, until])), (lease) => ({ ...lease, until }));
  }

  /**
   * Lets messages wait where they are: each keeps its place before all that came later. Their leases become delays that
   * nobody owns. The end of a lease counts as an attempt, so one less is written down.
   *
   * @param untils when each is to be handed out again, by index
   * @param before the newest hand-out to another consumer
   */
  delay(pack: number, untils: ReadonlyMap<number, number>, attempt: number, before: number): void {
    this.#split(pack, untils, (lease, until) => {
      const owner = lease.handed <= before ? another : nobody;
      return { ...lease, until, attempt: attempt - 1, owner };
    });
  }

  /** Gives everything back at once; what was not answered keeps its attempt. */
  release(): void {
    this.#statements.release.run(this.#owner);
  }

  /** Cuts leases apart; neighbours that are to last equally long stay together. */
  #split(
    pack: number,
    untils: ReadonlyMap<number, number>,
    change: (lease: Lease, until: number) => Lease,
  ): void {
    const indexes = [...untils.keys()];
    const [lowest, highest] = [Math.min(...indexes), Math.max(...indexes)];
    const leases = this.#statements.at.all(pack, this.#owner, highest, lowest) as unknown as Lease[];
    for (const lease of leases) {
      // The first part takes the place of the whole.
      let { first } = lease;
      while (first < lease.last) {
        const until = untils.get(first);
        let last = first + 1;
        while (last < lease.last && untils.get(last) === until) last += 1;
        this.add({ ...(until === undefined ? lease : change(lease, until)), first, last });
        first = last;
      }
    }
  }
}

const prepareAll = (db: DatabaseSync) => ({
  add: db.prepare(/* sql */ `
    insert or replace into lease (pack_id, first, last, until, attempt, owner, handed) values (?, ?, ?, ?, ?, ?, ?)`),
  drop: db.prepare("delete from lease where pack_id = ? and first = ?"),
  ended: db.prepare(/* sql */ `
    select * from lease where until <= ? and owner <> '${nobody}' order by handed, pack_id, first limit ?`),
  waited: db.prepare(/* sql */ `
    select * from lease where until <= ? and owner = '${nobody}' order by pack_id, first limit ?`),
  last: db.prepare(/* sql */ `
    select pack_id, last, (select count from pack where id = pack_id) as count from lease
    order by pack_id desc, first desc limit 1`),
  at: db.prepare("select * from lease where pack_id = ? and owner = ? and first <= ? and last > ?"),
  release: db.prepare("update lease set until = 0, attempt = attempt - 1 where owner = ?"),
});
