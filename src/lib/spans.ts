/**
 * Many byte strings as one buffer and its cut marks. Threads hand such a buffer over without copying it; a list of
 * small buffers would cost a transfer each.
 */
export interface Packed {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Length of each part, in order. */
  readonly lengths: readonly number[];
}

/** Copies the parts into one fresh buffer of exactly their size. */
export function pack(parts: readonly Uint8Array[]): Packed {
  const lengths = parts.map((part) => part.length);
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
  let at = 0;
  return lengths.map((length) => {
    const part = bytes.subarray(at, at + length);
    at += length;
    return part;
  });
}
