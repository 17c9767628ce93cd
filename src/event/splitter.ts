const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

const isSpace = (byte: number | undefined): boolean =>
  byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/** Bytes of a UTF-8 byte order mark at the beginning, which JSON.parse does not take: 3 or 0. */
export function bomLength(bytes: Uint8Array): 0 | 3 {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
}

/**
 * Cuts a JSON array into the exact bytes of its elements, without the white space around them. The parts are views
 * of `bytes`, not copies. One pass, no recursion, so depth costs nothing.
 *
 * The bytes must be a valid JSON array (ask `JSON.parse` first); of anything else the result means nothing.
 */
export function splitArray(bytes: Uint8Array): readonly Uint8Array[] {
  const parts: Uint8Array[] = [];
  let at: number = bomLength(bytes);
  while (isSpace(bytes[at])) at += 1;
  at += 1; // the opening bracket
  let depth = 0;
  let start = at;
  for (; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === quote) {
      at = endOfString(bytes, at);
    } else if (byte === openBrace || byte === openBracket) {
      depth += 1;
    } else if (byte === comma && depth === 0) {
      parts.push(trimmed(bytes, start, at));
      start = at + 1;
    } else if (byte === closeBrace || byte === closeBracket) {
      if (depth === 0) break;
      depth -= 1;
    }
  }
  const last = trimmed(bytes, start, at);
  if (parts.length > 0 || last.length > 0) parts.push(last);
  return parts;
}

/** Index of the quote that ends the string which begins at `at`. */
function endOfString(bytes: Uint8Array, at: number): number {
  let end = at + 1;
  while (end < bytes.length && bytes[end] !== quote) end += bytes[end] === backslash ? 2 : 1;
  return end;
}

function trimmed(bytes: Uint8Array, from: number, to: number): Uint8Array {
  let start = from;
  let end = to;
  while (start < end && isSpace(bytes[start])) start += 1;
  while (end > start && isSpace(bytes[end - 1])) end -= 1;
  return bytes.subarray(start, end);
}
