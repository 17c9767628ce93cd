import { crc32 } from "node:zlib";

/** A bit that changes on the disk can make a text of what was written as bytes, with the same checksum. */
export const isBytes = (value: unknown): value is Uint8Array => value instanceof Uint8Array;

/**
 * True for bytes that are those that were written.
 *
 * @param checksum CRC-32 of them; null for what a version without checksums wrote
 */
export const isAsWritten = (value: unknown, checksum: number | null): value is Uint8Array =>
  isBytes(value) && (checksum === null || crc32(value) === checksum);
