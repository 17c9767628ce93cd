import { mixed } from "./key-hash.ts";

/** Bits for each key and probes for each question: one in 300 keys that are not there seems to be. */
const bitsPerKey = 12;
const probes = 8;

/** A Bloom filter over key hashes: "surely not here" costs a few memory reads and no disk. */
export class KeyFilter {
  readonly bytes: Uint8Array;
  readonly #bits: number;

  private constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#bits = bytes.length * 8;
  }

  /** An empty filter for about so many keys. */
  static sized(keys: number): KeyFilter {
    return new KeyFilter(new Uint8Array(Math.max(8, Math.ceil((keys * bitsPerKey) / 8))));
  }

  static from(bytes: Uint8Array): KeyFilter {
    return new KeyFilter(bytes);
  }

  add(hash: number): void {
    this.#visit(hash, (byte, mask) => {
      this.bytes[byte] = (this.bytes[byte] ?? 0) | mask;
      return true;
    });
  }

  /** False: the key was never added. True: it probably was. */
  mayHave(hash: number): boolean {
    return this.#visit(hash, (byte, mask) => ((this.bytes[byte] ?? 0) & mask) !== 0);
  }

  #visit(hash: number, at: (byte: number, mask: number) => boolean): boolean {
    const low = hash % 2 ** 32;
    const step = (mixed(low ^ Math.floor(hash / 2 ** 32)) >>> 0) | 1;
    let place = mixed(low) >>> 0;
    for (let probe = 0; probe < probes; probe += 1) {
      const bit = place % this.#bits;
      if (!at(bit >>> 3, 1 << (bit & 7))) return false;
      place = (place + step) >>> 0;
    }
    return true;
  }
}
