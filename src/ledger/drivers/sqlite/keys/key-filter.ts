import { hashEnd } from "./key-hash.ts";

/** Bits for each key, and probes for each question: with these, about one in 1,000 absent keys seems to be there. */
const bitsPerKey = 16;
const probes = 8;
/** All probes for a key are in one block, the size of what a processor reads from memory at once. */
const blockBits = 512;
const blockBytes = blockBits / 8;

/**
 * A Bloom filter over key hashes: "surely not here" costs one read of memory and no disk. Its blocks are in the order
 * of the hashes, so adding keys in that order writes it from one end to the other.
 */
export class KeyFilter {
  readonly bytes: Uint8Array;
  /** Blocks for each hash there may be. */
  readonly #density: number;

  /** @param bytes of a filter that was made before */
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#density = bytes.length / blockBytes / hashEnd;
  }

  /** An empty filter for about so many keys. */
  static sized(keys: number): KeyFilter {
    return new KeyFilter(
      new Uint8Array(Math.max(1, Math.ceil((keys * bitsPerKey) / blockBits)) * blockBytes),
    );
  }

  add(hash: number): void {
    const { bytes } = this;
    const block = Math.floor(hash * this.#density) * blockBytes;
    let place = hash | 0;
    let step = hash >>> 9;
    for (let probe = 0; probe < probes; probe += 1) {
      const at = block + ((place & (blockBits - 1)) >>> 3);
      bytes[at] = (bytes[at] ?? 0) | (1 << (place & 7));
      place = (place + step) | 0;
      step = (step + (hash >>> 18)) | 0;
    }
  }

  /** False: the key was never added. True: it probably was. */
  mayHave(hash: number): boolean {
    const { bytes } = this;
    const block = Math.floor(hash * this.#density) * blockBytes;
    let place = hash | 0;
    let step = hash >>> 9;
    for (let probe = 0; probe < probes; probe += 1) {
      const byte = bytes[block + ((place & (blockBits - 1)) >>> 3)] ?? 0;
      if ((byte & (1 << (place & 7))) === 0) return false;
      place = (place + step) | 0;
      step = (step + (hash >>> 18)) | 0;
    }
    return true;
  }
}
