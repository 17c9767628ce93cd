/**
 * Many byte strings as one buffer and its cut marks. Threads hand such a buffer over without copying it; a list of
 * small buffers would cost a transfer each.
 */
export interface Packed {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Length of each part, in order. */
  readonly lengths: Uint32Array;
}

/** Copies the parts into one fresh buffer of exactly their size. */
export function pack(parts: readonly Uint8Array[]): Packed {
  const lengths = Uint32Array.from(parts, (part) => part.length);
  const whole = joined(parts);
  if (whole !== undefined) return { bytes: new Uint8Array(whole), lengths };
  const bytes = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return { bytes, lengths };
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
