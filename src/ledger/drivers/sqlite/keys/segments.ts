import type { DatabaseSync, StatementSync } from "node:sqlite";
import { seqOf, type Chunk } from "./key-chunk.ts";
import { KeyFilter } from "./key-filter.ts";
import { KeyMerge, type KeySink } from "./key-merge.ts";
import type { KeyRun } from "./key-run.ts";
import { SegmentRows, type SegmentRow } from "./segment-rows.ts";
import { type SegmentPlan, SegmentWriter, type WriterSizes } from "./segment-writer.ts";
import { SeqList } from "./seq-list.ts";

/** A sealed part of the lookup table. */
interface Segment extends SegmentRow, SegmentPlan {
  readonly filter: KeyFilter;
}

export interface SegmentSizes extends WriterSizes {
  /** This many segments of a level become one of the next, so that a question asks few of them. */
  readonly fanout: number;
  /** Entries written in one step: some milliseconds of work. */
  readonly sliceEntries: number;
}

/** A long job in steps. Each `next()` is a transaction's worth of work, so that events need not wait for all of it. */
export type Job = Generator<void, void, void>;

/**
 * The sealed segments. A job that a crash cuts off leaves a segment in the phase `building` or `dropping`, which is not
 * used, and which `clear` removes.
 */
export class Segments {
  readonly #rows: SegmentRows;
  readonly #sizes: SegmentSizes;
  readonly #remaining: StatementSync;
  /** Newest first. */
  #live: readonly Segment[];

  constructor(db: DatabaseSync, sizes: SegmentSizes) {
    this.#rows = new SegmentRows(db);
    this.#sizes = sizes;
    this.#remaining = db.prepare("select seq from event where seq > ? and seq <= ? order by seq limit ?");
    this.#live = this.#rows
      .live()
      .map((row) => ({ ...row, filter: new KeyFilter(this.#rows.filter(row.id)) }));
  }

  /** Changes up to this one are in a segment. */
  get sealedTo(): number {
    return this.#live[0]?.sealedTo ?? 0;
  }

  /**
   * Pointers of the entries of a key, those that were sealed last first: compare the key of each row, hashes collide. A
   * merge keeps that order.
   */
  find(hash: number): readonly number[] {
    const pointers: number[] = [];
    for (const { id, filter } of this.#live) {
      if (!filter.mayHave(hash)) continue;
      for (const chunk of this.#chunksWith(id, hash)) chunk.collect(hash, pointers);
    }
    return pointers;
  }

  /** The chunks of a segment that may have a hash, in their order. */
  #chunksWith(segment: number, hash: number): readonly Chunk[] {
    const last = this.#rows.lastWith(segment, hash);
    if (last === undefined) return [];
    const chunks = [last.chunk];
    // A hash may have more entries than a chunk; then the one before may have some as well.
    for (let place = last.place - 1; chunks[0]?.hashAt(0) === hash; place -= 1) {
      const before = this.#rows.chunk(segment, place);
      if (before === undefined) break;
      chunks.unshift(before);
    }
    return chunks;
  }

  /** Makes a segment of these entries. */
  *seal({ hashes, pointers }: KeyRun, sealedTo: number): Job {
    const writer = this.#writer({ level: 0, sealedTo }, hashes.length);
    const { sliceEntries } = this.#sizes;
    for (let from = 0; from < hashes.length; from += sliceEntries) {
      if (from > 0) yield;
      const to = Math.min(from + sliceEntries, hashes.length);
      for (let at = from; at < to; at += 1) writer.add(hashes[at] ?? 0, pointers[at] ?? 0);
    }
    yield* this.#finish(writer, []);
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
    const sealedTo = Math.max(...sources.map((source) => source.sealedTo));
    const total = sources.reduce((sum, { entries }) => sum + entries, 0);
    const writer = this.#writer({ level: level + 1, sealedTo }, total);
    yield* this.#copy(sources, writer);
    yield* this.#finish(writer, sources);
  }

  /** Drops the entries of events that are gone from the segments that are older than `seq`. */
  *shed(seq: number): Job {
    const old = this.#live.filter(({ sealedTo, entries }) => sealedTo < seq && entries > 0);
    const [newest] = old;
    if (newest === undefined) return;
    const remaining = new SeqList();
    yield* this.#collect(remaining, newest.sealedTo);
    for (const segment of old) {
      const left = remaining.countTo(segment.sealedTo);
      if (left === segment.left) continue;
      const { level, sealedTo, entries } = segment;
      const writer = this.#writer({ level, sealedTo, left }, Math.min(entries, left * 3));
      yield* this.#copy([segment], {
        add: (hash, pointer) => {
          if (remaining.find(seqOf(pointer)) >= 0) writer.add(hash, pointer);
        },
      });
      yield* this.#finish(writer, [segment]);
    }
  }

  /** Removes what unfinished and replaced segments have left so far; segments that are begun later stay. */
  clear(): Job {
    return this.#remove(this.#rows.left());
  }

  *#remove(ids: readonly number[]): Job {
    const { sliceEntries, chunkEntries } = this.#sizes;
    // Removing is much faster than writing.
    const chunks = Math.ceil((sliceEntries * 4) / chunkEntries);
    for (const id of ids) {
      while (this.#rows.remove(id, chunks)) yield;
      yield;
    }
  }

  /** Rows up to this one that are still there. */
  *#collect(remaining: SeqList, to: number): Job {
    const { sliceEntries } = this.#sizes;
    for (;;) {
      const rows = this.#remaining.all(remaining.newest ?? 0, to, sliceEntries);
      for (const row of rows) remaining.push(Number(row["seq"]));
      if (rows.length < sliceEntries) return;
      yield;
    }
  }

  #writer(plan: SegmentPlan, keys: number): SegmentWriter {
    return new SegmentWriter(this.#rows, plan, keys, this.#sizes);
  }

  *#copy(sources: readonly Segment[], sink: KeySink): Job {
    const merge = new KeyMerge(
      sources.map(({ id }) => {
        let place = 0;
        return () => this.#rows.chunk(id, place++);
      }),
    );
    while (merge.step(this.#sizes.sliceEntries, sink)) yield;
  }

  /** Writes the rest of a segment, uses it from then on in place of `replaced`, and removes those. */
  *#finish(writer: SegmentWriter, replaced: readonly Segment[]): Job {
    yield* writer.finish();
    const { plan, id, entries, filter } = writer;
    this.#rows.publish(id, entries);
    for (const segment of replaced) this.#rows.drop(segment.id);
    const others = this.#live.filter((segment) => !replaced.includes(segment));
    this.#live = [{ ...plan, id, entries, filter }, ...others].sort(
      (a, b) => b.sealedTo - a.sealedTo || b.id - a.id,
    );
    yield* this.#remove(replaced.map((segment) => segment.id));
  }
}
