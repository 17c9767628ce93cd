import type { DatabaseSync, StatementSync } from "node:sqlite";
import { KeyFilter } from "./key-filter.ts";
import type { KeyEntry } from "./recent-keys.ts";

/** A sealed part of the lookup table. */
interface Segment {
  readonly id: number;
  readonly level: number;
  readonly sealedTo: number;
  readonly entries: number;
  readonly filter: KeyFilter;
}

export interface SegmentSizes {
  /** So many segments of a level become one of the next, so that a question asks few of them. */
  readonly fanout: number;
  /** Entries written or removed in one step: some milliseconds of work. */
  readonly sliceEntries: number;
}

export const segmentSizes: SegmentSizes = { fanout: 8, sliceEntries: 4_096 };

/** Every hash is below this. */
const hashEnd = 2 ** 47;

/** A long job in steps. Each `next()` is a transaction's worth of work, so that events need not wait for all of it. */
export type Job = Generator<void, void, void>;

/**
 * The sealed segments. A job that a crash cuts off leaves a segment in the phase `building` or `dropping`, which
 * nobody asks any more and `clear` takes away.
 */
export class Segments {
  readonly #db: DatabaseSync;
  readonly #sizes: SegmentSizes;
  readonly #find: StatementSync;
  readonly #add: StatementSync;
  #live: readonly Segment[];

  constructor(db: DatabaseSync, sizes: SegmentSizes = segmentSizes) {
    this.#db = db;
    this.#sizes = sizes;
    this.#find = db.prepare("select seq from lookup where segment = ? and hash = ?");
    this.#add = db.prepare("insert or ignore into lookup (segment, hash, seq) values (?, ?, ?)");
    this.#live = this.#load();
  }

  /** Changes up to this one are in a segment. */
  get sealedTo(): number {
    return this.#live.reduce((newest, { sealedTo }) => Math.max(newest, sealedTo), 0);
  }

  /** Where a key may be found, newest segment first: compare the key of each row, hashes collide. */
  find(hash: number): readonly number[] {
    const seqs: number[] = [];
    for (const { id, filter } of this.#live) {
      if (!filter.mayHave(hash)) continue;
      for (const row of this.#find.iterate(id, hash)) seqs.push(Number(row["seq"]));
    }
    return seqs;
  }

  /** Makes a segment of these entries, which are in the order of their hashes. */
  *seal(entries: readonly KeyEntry[], sealedTo: number): Job {
    const filter = KeyFilter.sized(entries.length);
    const id = this.#begin(0, sealedTo);
    const { sliceEntries } = this.#sizes;
    for (let from = 0; from < entries.length; from += sliceEntries) {
      for (const { hash, seq } of entries.slice(from, from + sliceEntries)) {
        filter.add(hash);
        this.#add.run(id, hash, seq);
      }
      yield;
    }
    this.#publish({ id, level: 0, sealedTo, entries: entries.length, filter }, []);
  }

  /** The level that has enough segments to be merged. */
  crowdedLevel(): number | undefined {
    const counts = new Map<number, number>();
    for (const { level } of this.#live) counts.set(level, (counts.get(level) ?? 0) + 1);
    return [...counts].find(([, count]) => count >= this.#sizes.fanout)?.[0];
  }

  /** Makes one segment of a level's oldest ones. */
  *merge(level: number): Job {
    const sources = this.#live.filter((segment) => segment.level === level).slice(-this.#sizes.fanout);
    yield* this.#rewrite(sources, level + 1, "");
  }

  /** Drops the entries of events that are gone from the segments that are older than `seq`. */
  *shed(seq: number): Job {
    for (const segment of this.#live.filter(({ sealedTo }) => sealedTo < seq)) {
      if (segment.entries > 0) {
        yield* this.#rewrite(
          [segment],
          segment.level,
          "and exists (select 1 from event where event.seq = lookup.seq)",
        );
      }
    }
  }

  /** Takes away what unfinished and replaced segments left. */
  *clear(): Job {
    const left = this.#db.prepare("select id, entries from segment where phase <> 'live'").all();
    const remove = this.#db.prepare("delete from lookup where segment = ? and hash >= ? and hash < ?");
    const { sliceEntries, fanout } = this.#sizes;
    for (const { id, entries } of left as { id: number; entries: number }[]) {
      for (const [from, to] of this.#ranges(Math.max(entries, sliceEntries * fanout))) {
        remove.run(id, from, to);
        yield;
      }
      this.#db.prepare("delete from segment where id = ?").run(id);
      yield;
    }
  }

  *#rewrite(sources: readonly Segment[], level: number, condition: string): Job {
    const total = sources.reduce((sum, { entries }) => sum + entries, 0);
    const sealedTo = Math.max(...sources.map((source) => source.sealedTo));
    const filter = KeyFilter.sized(total);
    const id = this.#begin(level, sealedTo);
    const read = this.#db.prepare(/* sql */ `
      select hash, seq from lookup where segment in (${sources.map((source) => source.id).join(", ")})
      and hash >= ? and hash < ? ${condition} order by hash, seq`);
    let entries = 0;
    for (const [from, to] of this.#ranges(total)) {
      for (const { hash, seq } of read.all(from, to) as unknown as KeyEntry[]) {
        filter.add(hash);
        this.#add.run(id, hash, seq);
        entries += 1;
      }
      yield;
    }
    this.#publish({ id, level, sealedTo, entries, filter }, sources);
    yield* this.clear();
  }

  #begin(level: number, sealedTo: number): number {
    const begin = this.#db.prepare(/* sql */ `
      insert into segment (level, phase, sealed_to, entries, filter) values (?, 'building', ?, 0, x'')`);
    return Number(begin.run(level, sealedTo).lastInsertRowid);
  }

  /** From here on `segment` is asked, and `replaced` are not. */
  #publish(segment: Segment, replaced: readonly Segment[]): void {
    this.#db
      .prepare("update segment set phase = 'live', entries = ?, filter = ? where id = ?")
      .run(segment.entries, segment.filter.bytes, segment.id);
    const drop = this.#db.prepare("update segment set phase = 'dropping' where id = ?");
    for (const { id } of replaced) drop.run(id);
    this.#live = this.#load();
  }

  #load(): readonly Segment[] {
    const rows = this.#db.prepare(/* sql */ `
      select id, level, sealed_to, entries, filter from segment where phase = 'live' order by sealed_to desc`);
    return rows.all().map((row) => ({
      id: Number(row["id"]),
      level: Number(row["level"]),
      sealedTo: Number(row["sealed_to"]),
      entries: Number(row["entries"]),
      filter: KeyFilter.from(row["filter"] as Uint8Array),
    }));
  }

  /** The hash space cut so that a range holds about a slice of so many evenly spread hashes. */
  #ranges(entries: number): readonly (readonly [number, number])[] {
    const count = Math.max(1, Math.ceil(entries / this.#sizes.sliceEntries));
    const bound = (index: number): number => Math.floor((hashEnd * index) / count);
    return Array.from({ length: count }, (_, index) => [bound(index), bound(index + 1)] as const);
  }
}
