/**
 * Many byte strings as one buffer and its cut marks. Threads hand such a buffer over without copying it; a list of
 * small buffers would cost a transfer each.
 */
export interface Packed {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Length of each part, in order. */
  readonly lengths: Uint32Array;
}

export const nothingPacked: Packed = { bytes: new Uint8Array(), lengths: new Uint32Array() };

/** Copies the parts into one fresh buffer of exactly their size. */
export function pack(parts: readonly Uint8Array[]): Packed {
  const lengths = Uint32Array.from(parts, (part) => part.length);
  const whole = joined(parts);
  return { bytes: whole === undefined ? concatenated(parts) : new Uint8Array(whole), lengths };
}

/**
 * All parts of all of these, in one buffer that can be handed over. A single one that can be handed over as it is is
 * not copied.
 */
export function packedTogether(all: readonly Packed[]): Packed {
  const some = all.filter(({ lengths }) => lengths.length > 0);
  const [first = nothingPacked] = some;
  if (some.length <= 1 && first.bytes.length === first.bytes.buffer.byteLength) return first;
  const lengths = new Uint32Array(some.reduce((sum, packed) => sum + packed.lengths.length, 0));
  let at = 0;
  for (const packed of some) {
    lengths.set(packed.lengths, at);
    at += packed.lengths.length;
  }
  return { bytes: concatenated(some.map(({ bytes }) => bytes)), lengths };
}

function concatenated(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** The parts again, as views of the buffer. */
export function unpack({ bytes, lengths }: Packed): readonly Uint8Array[] {
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const length of lengths) {
    parts.push(bytes.subarray(at, at + length));
    at += length;
  }
  return parts;
}

/** Parts that lie side by side in one buffer, as one view of it, without copying; undefined if they do not. */
export function joined(parts: readonly Uint8Array[]): Uint8Array | undefined {
  const [first] = parts;
  if (first === undefined) return undefined;
  let end = first.byteOffset;
  for (const part of parts) {
    if (part.buffer !== first.buffer || part.byteOffset !== end) return undefined;
    end += part.length;
  }
  return new Uint8Array(first.buffer, first.byteOffset, end - first.byteOffset);
}
