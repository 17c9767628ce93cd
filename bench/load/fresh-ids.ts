import { randomFillSync } from "node:crypto";

const digits = Buffer.from("0123456789abcdef");
/** Where the digits of each of the 16 bytes stand in the 36 characters of a UUID. */
const places = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];

/** Writes random UUIDs into bytes that exist, fast enough for a million in a second. */
export class FreshIds {
  readonly #random = Buffer.alloc(16 * 1_024);
  #used = this.#random.length;

  /** Overwrites the digits of the UUID that begins at `at`; its dashes stay. */
  write(into: Buffer, at: number): void {
    if (this.#used === this.#random.length) {
      randomFillSync(this.#random);
      this.#used = 0;
    }
    for (const [index, place] of places.entries()) {
      const byte = asVersion4(this.#random.readUInt8(this.#used + index), index);
      into[at + place] = digits.readUInt8(byte >> 4);
      into[at + place + 1] = digits.readUInt8(byte & 0x0f);
    }
    this.#used += 16;
  }
}

function asVersion4(byte: number, index: number): number {
  if (index === 6) return (byte & 0x0f) | 0x40;
  return index === 8 ? (byte & 0x3f) | 0x80 : byte;
}
