import type { Chunk } from "./key-chunk.ts";

/** Where merged entries go. */
export interface KeySink {
  add(hash: number, pointer: number): void;
}

/** Gives the chunks of a segment one after the other, in the order of their hashes. */
export type ChunkSource = () => Chunk | undefined;

/** Merges segments entry by entry, with one chunk of each in memory. */
export class KeyMerge {
  readonly #sources: readonly ChunkSource[];
  readonly #chunks: (Chunk | undefined)[];
  readonly #places: Int32Array;
  /** The next hash of each source; infinite where there is none. */
  readonly #heads: Float64Array;

  constructor(sources: readonly ChunkSource[]) {
    this.#sources = sources;
    this.#chunks = sources.map((next) => next());
    this.#places = new Int32Array(sources.length);
    this.#heads = Float64Array.from(this.#chunks, (chunk) => chunk?.hashAt(0) ?? Number.POSITIVE_INFINITY);
  }

  /** Hands over up to this many entries, in order; false when there are no more. */
  step(entries: number, sink: KeySink): boolean {
    for (let taken = 0; taken < entries; taken += 1) {
      const source = this.#least();
      const hash = this.#heads[source] ?? Number.POSITIVE_INFINITY;
      const chunk = this.#chunks[source];
      if (chunk === undefined) return false;
      const place = this.#places[source] ?? 0;
      sink.add(hash, chunk.pointerAt(place));
      this.#advance(source, chunk, place + 1);
    }
    return true;
  }

  /** The source whose next hash is the lowest. */
  #least(): number {
    const heads = this.#heads;
    let least = 0;
    let lowest = heads[0] ?? Number.POSITIVE_INFINITY;
    for (let source = 1; source < heads.length; source += 1) {
      const head = heads[source] ?? Number.POSITIVE_INFINITY;
      if (head >= lowest) continue;
      lowest = head;
      least = source;
    }
    return least;
  }

  #advance(source: number, chunk: Chunk, place: number): void {
    if (place < chunk.size) {
      this.#places[source] = place;
      this.#heads[source] = chunk.hashAt(place);
      return;
    }
    const next = this.#sources[source]?.();
    this.#chunks[source] = next;
    this.#places[source] = 0;
    this.#heads[source] = next?.hashAt(0) ?? Number.POSITIVE_INFINITY;
  }
}
