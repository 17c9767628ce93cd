/**
 * Points to the row of a key, as one number: the row's seq, and for the key of a state whether the event was handled
 * with the newest revision at that time.
 */
export function pointerTo(seq: number, isNewest: boolean): number {
  return seq * 2 + (isNewest ? 1 : 0);
}

export const seqOf = (pointer: number): number => Math.floor(pointer / 2);
export const isNewestOf = (pointer: number): boolean => pointer % 2 === 1;

/** The bytes of an entry: the hash in 6, then the pointer in 6, both with the lower part last. */
const entryBytes = 12;
const lower16 = 2 ** 16;
const lower32 = 2 ** 32;

/** Entries in the order of their hashes, packed. */
export class Chunk {
  readonly size: number;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.size = bytes.length / entryBytes;
  }

  hashAt(place: number): number {
    const at = place * entryBytes;
    return this.#view.getUint32(at) * lower16 + this.#view.getUint16(at + 4);
  }

  pointerAt(place: number): number {
    const at = place * entryBytes;
    return this.#view.getUint16(at + 6) * lower32 + this.#view.getUint32(at + 8);
  }

  /** Adds the pointers of all entries of a hash to a list. */
  collect(hash: number, pointers: number[]): void {
    let from = 0;
    let to = this.size;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (this.hashAt(middle) < hash) from = middle + 1;
      else to = middle;
    }
    for (; from < this.size && this.hashAt(from) === hash; from += 1) pointers.push(this.pointerAt(from));
  }
}

/** Packs entries, which come in the order of their hashes. */
export class ChunkBuilder {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #end = 0;

  constructor(entries: number) {
    this.#bytes = new Uint8Array(entries * entryBytes);
    this.#view = new DataView(this.#bytes.buffer);
  }

  get isEmpty(): boolean {
    return this.#end === 0;
  }

  get isFull(): boolean {
    return this.#end === this.#bytes.length;
  }

  add(hash: number, pointer: number): void {
    const view = this.#view;
    const at = this.#end;
    const upper = Math.floor(hash / lower16);
    view.setUint32(at, upper);
    view.setUint16(at + 4, hash - upper * lower16);
    const top = Math.floor(pointer / lower32);
    view.setUint16(at + 6, top);
    view.setUint32(at + 8, pointer - top * lower32);
    this.#end = at + entryBytes;
  }

  /** What was added since the last time; good until more is added. */
  take(): Uint8Array {
    const bytes = this.#bytes.subarray(0, this.#end);
    this.#end = 0;
    return bytes;
  }
}
