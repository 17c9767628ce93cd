import { sharedShards } from "../../driver.ts";

/** What is held of all shards takes so much memory at most, in bytes, if it is more than one of each. */
const mostBytes = 256 * 1024 * 1024;

/**
 * How many messages of a shard may be held. The server counts messages and not bytes: of large ones it would send more
 * than there is memory for.
 */
export class Prefetch {
  readonly #most: number;
  #count: number;
  /** Of those that came since that was looked at. */
  #came = { count: 0, bytes: 0 };

  /** @param most as long as they are small */
  constructor(most: number) {
    this.#most = most;
    this.#count = most;
  }

  get count(): number {
    return this.#count;
  }

  /**
   * One more came.
   *
   * @param bytes of its body
   * @param held how many are held now, with this one, and how large their bodies are together
   * @returns whether another number holds from now on
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

  /** If as many as would be held have come since, and all of them together would have had room. */
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
