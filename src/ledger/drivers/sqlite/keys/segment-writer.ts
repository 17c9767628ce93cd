import { ChunkBuilder } from "./key-chunk.ts";
import { KeyFilter } from "./key-filter.ts";
import type { KeySink } from "./key-merge.ts";
import type { SegmentRows } from "./segment-rows.ts";

export interface WriterSizes {
  /** Entries of a chunk, which is read as a whole. With 336 of them, four rows fill a page of 16 KiB, and one of 4 KiB. */
  readonly chunkEntries: number;
  /** Bytes of a filter that are written in one step. */
  readonly pieceBytes: number;
}

/** What a segment is, before its entries are known. */
export interface SegmentPlan {
  readonly level: number;
  /** Changes up to this one are in it or in an earlier one. */
  readonly sealedTo: number;
  /** How many events up to its end were left when it was rewritten without those that are gone. */
  readonly left?: number;
}

/** Writes a new segment: entries in the order of their hashes, then the filter. */
export class SegmentWriter implements KeySink {
  readonly plan: SegmentPlan;
  readonly id: number;
  readonly filter: KeyFilter;
  readonly #rows: SegmentRows;
  readonly #pieceBytes: number;
  readonly #chunk: ChunkBuilder;
  #chunks = 0;
  #firstHash = 0;
  #entries = 0;

  /** @param keys about how many there will be */
  constructor(rows: SegmentRows, plan: SegmentPlan, keys: number, { chunkEntries, pieceBytes }: WriterSizes) {
    this.plan = plan;
    this.id = rows.begin(plan.level, plan.sealedTo);
    this.filter = KeyFilter.sized(keys);
    this.#rows = rows;
    this.#pieceBytes = pieceBytes;
    this.#chunk = new ChunkBuilder(chunkEntries);
  }

  get entries(): number {
    return this.#entries;
  }

  add(hash: number, pointer: number): void {
    if (this.#chunk.isFull) this.#flush();
    if (this.#chunk.isEmpty) this.#firstHash = hash;
    this.#chunk.add(hash, pointer);
    this.filter.add(hash);
    this.#entries += 1;
  }

  /** The rest, in steps. */
  *finish(): Generator<void, void, void> {
    if (!this.#chunk.isEmpty) this.#flush();
    const { bytes } = this.filter;
    const pieceBytes = this.#pieceBytes;
    for (let from = 0; from < bytes.length; from += pieceBytes) {
      if (from > 0) yield;
      this.#rows.addPiece(this.id, from / pieceBytes, bytes.subarray(from, from + pieceBytes));
    }
  }

  #flush(): void {
    this.#rows.addChunk(this.id, this.#chunks, this.#firstHash, this.#chunk.take());
    this.#chunks += 1;
  }
}
