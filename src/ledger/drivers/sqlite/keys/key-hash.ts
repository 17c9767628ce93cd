/** What a key names: an event, or what events are about: their entity or their state, which mostly are one text. */
export type KeyKind = "event" | "subject";

/** A text and its hash, so that it is hashed only once. */
export interface Key {
  readonly text: string;
  readonly hash: number;
}

/** Every hash is a whole number below this. */
export const hashEnd: number = 2 ** 47;

const seeds: Readonly<Record<KeyKind, readonly [number, number]>> = {
  event: [0x2545f491, 0x9e3779b1],
  subject: [0x1b873593, 0x85ebca77],
};

export function keyOf(kind: KeyKind, text: string): Key {
  return { text, hash: keyHash(kind, text) };
}

/**
 * A key as a whole number of 47 bits. Two multiply-and-xor hashes side by side, over two characters at a time; fast,
 * and no defence against someone who looks for collisions: whoever finds an entry must compare the key itself.
 */
export function keyHash(kind: KeyKind, text: string): number {
  const { length } = text;
  let [high, low] = seeds[kind];
  high ^= length;
  for (let at = 0; at < length; at += 2) {
    const next = at + 1 < length ? text.charCodeAt(at + 1) : 0;
    const units = text.charCodeAt(at) | (next << 16);
    high = Math.imul(high ^ units, 0x1656_67b1);
    high ^= high >>> 16;
    low = Math.imul(low ^ units, 0x5bd1_e995);
    low ^= low >>> 15;
  }
  high = mixed(high ^ (low >>> 3));
  low = mixed(low);
  return (high >>> 17) * 2 ** 32 + (low >>> 0);
}

/** Spreads every bit of a 32-bit number over all of it. */
export function mixed(value: number): number {
  let bits = value;
  bits = Math.imul(bits ^ (bits >>> 16), 0x7feb352d);
  bits = Math.imul(bits ^ (bits >>> 15), 0x846ca68b);
  return bits ^ (bits >>> 16);
}
