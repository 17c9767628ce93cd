import { sharedShards } from "../../../driver.ts";

/** How much memory held messages of all shards may take, in bytes, unless it is a single one of each. */
const mostBytes = 256 * 1024 * 1024;

/**
 * How many messages of a shard may be held. The server counts messages and not bytes: if they are large, it would send
 * more than there is memory for.
 */
export class Prefetch {
  readonly #most: number;
  #count: number;
  /** How many messages, and how many bytes of them, came since the last look. */
  #came = { count: 0, bytes: 0 };

  /** @param most how many may be held while they are small */
  constructor(most: number) {
    this.#most = most;
    this.#count = most;
  }

  get count(): number {
    return this.#count;
  }

  /**
   * A message came.
   *
   * @param bytes of its body
   * @param held how many are held now, with this one, and how large their bodies are together
   * @returns whether `count` has changed
   */
  came(bytes: number, held: { readonly size: number; readonly bytes: number }): boolean {
    return this.#narrowed(held) || this.#widened(bytes);
  }

  #narrowed({ size, bytes }: { readonly size: number; readonly bytes: number }): boolean {
    if (bytes <= mostBytes || this.#count === 1) return false;
    this.#came = { count: 0, bytes: 0 };
    this.#count = Math.max(1, Math.floor(mostBytes / 2 / (bytes / size) / sharedShards));
    return true;
  }

  /** Goes back to the most if as many as could be held then have come since, and all together would have had room. */
  #widened(bytes: number): boolean {
    if (this.#count === this.#most) return false;
    const came = { count: this.#came.count + 1, bytes: this.#came.bytes + bytes };
    const isLook = came.count >= this.#most * sharedShards;
    this.#came = isLook ? { count: 0, bytes: 0 } : came;
    if (!isLook || came.bytes > mostBytes / 2) return false;
    this.#count = this.#most;
    return true;
  }
}
