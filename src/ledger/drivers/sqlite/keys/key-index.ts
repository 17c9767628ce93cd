import type { Key } from "./key-hash.ts";

/** Slots at first; a power of two. */
const fewest = 1_024;

/**
 * The places of texts in a list, by their hashes. Exact: texts are compared. Made of plain numbers for the most part,
 * so that it costs less than a map and gives the garbage collector little to do.
 */
export class KeyIndex {
  readonly #texts: string[] = [];
  readonly #hashes: number[] = [];
  /** 1 + place; 0 where there is none. At most half of them are taken. */
  #slots = new Int32Array(fewest);

  get size(): number {
    return this.#texts.length;
  }

  /** Hashes by place. */
  get hashes(): readonly number[] {
    return this.#hashes;
  }

  /** Place of a key; -1 if it has none. */
  find({ text, hash }: Key): number {
    const mask = this.#slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const place = (this.#slots[slot] ?? 0) - 1;
      if (place < 0 || (this.#hashes[place] === hash && this.#texts[place] === text)) return place;
    }
  }

  /** Gives a key that has no place the next one. */
  add({ text, hash }: Key): number {
    const place = this.#texts.push(text) - 1;
    this.#hashes.push(hash);
    if (this.size * 2 > this.#slots.length) this.#grow();
    else this.#settle(hash, place);
    return place;
  }

  #settle(hash: number, place: number): void {
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = place + 1;
  }

  #grow(): void {
    this.#slots = new Int32Array(this.#slots.length * 2);
    for (const [place, hash] of this.#hashes.entries()) this.#settle(hash, place);
  }
}
