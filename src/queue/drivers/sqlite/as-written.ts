import { crc32 } from "node:zlib";

/** What is the matter with a file in which more than the bytes of an event has changed. */
export const damaged = "waiting events are not what was written";

/** Stands in the place of the bytes of a message that the disk does not give as they were written. */
export const noBytes: Uint8Array = new Uint8Array();

/** A bit that changes on the disk can make a text or a number of what was written as bytes. */
export const isBytes = (value: unknown): value is Uint8Array => value instanceof Uint8Array;

/** @param checksum null for what a version without checksums wrote */
export const isAsWritten = (bytes: Uint8Array, checksum: number | null): boolean =>
  checksum === null || crc32(bytes) === checksum;
