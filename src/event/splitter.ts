import { closeBracket, comma, notJson, skipSpace } from "./json-scan.ts";

/** Bytes of a UTF-8 byte order mark at the beginning, which JSON.parse does not take: 3 or 0. */
export function bomLength(bytes: Uint8Array): 0 | 3 {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
}

/**
 * Goes through the next elements of a JSON array, without the white space around them.
 *
 * @param from the place of the array's bracket, or of the comma at which it stopped before
 * @param most how many elements; it stops at the comma behind the last of them
 * @param endOfElement is given where an element begins, and returns the place behind its end, or a number below 0
 * @returns the place of that comma, or behind the end of the array, or a number below 0 if it is not JSON
 */
export function splitArray(
  bytes: Uint8Array,
  from: number,
  most: number,
  endOfElement: (start: number) => number,
): number {
  let at = skipSpace(bytes, from + 1);
  if (bytes[at] === closeBracket) return at + 1;
  for (let left = most; ; at = skipSpace(bytes, at + 1)) {
    at = endOfElement(at);
    if (at < 0) return notJson;
    at = skipSpace(bytes, at);
    if (bytes[at] === closeBracket) return at + 1;
    if (bytes[at] !== comma) return notJson;
    left -= 1;
    if (left === 0) return at;
  }
}
