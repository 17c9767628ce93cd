/** What a key names; the same text as an event id and as an entity are two keys. */
export type KeyKind = "event" | "entity" | "state";

const seeds: Readonly<Record<KeyKind, readonly [number, number]>> = {
  event: [0x2545f491, 0x9e3779b1],
  entity: [0x1b873593, 0x85ebca77],
  state: [0x27d4eb2f, 0xc2b2ae3d],
};

/**
 * A key as a whole number of 47 bits, which SQLite stores in 6 bytes. Two multiply-and-xor hashes side by side; fast,
 * and no defence against someone who looks for collisions: whoever finds an entry must compare the key itself.
 */
export function keyHash(kind: KeyKind, key: string): number {
  let [high, low] = seeds[kind];
  for (let at = 0; at < key.length; at += 1) {
    const unit = key.charCodeAt(at);
    high = Math.imul(high ^ unit, 0x01000193);
    low = Math.imul(low ^ unit, 0x5bd1e995);
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
