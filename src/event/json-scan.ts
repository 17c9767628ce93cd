/**
 * Finds where JSON ends, by the grammar that `JSON.parse` takes (RFC 8259), without building values. Each function is
 * given the place where something begins, and returns the place behind its end, or a number below 0 if it is not JSON.
 *
 * Any byte beyond ASCII is fine in a string: decoding makes a character or U+FFFD of it. The loops are short and call
 * nothing, and rare cases have functions of their own, so that a byte costs about a nanosecond.
 */

/** What begins here is not JSON, or is cut off. */
export const notJson = -1;

export const quote = 0x22;
export const comma = 0x2c;
export const openBracket = 0x5b;
export const closeBracket = 0x5d;
export const openBrace = 0x7b;
export const closeBrace = 0x7d;
const colon = 0x3a;
const backslash = 0x5c;

const isSpace = marked(" \t\r\n");
const endsRun = marked('"\\', (byte) => byte < 0x20);
const endsPlainRun = marked('"\\', (byte) => byte < 0x20 || byte > 0x7e);
const isEscape = marked('"\\/bfnrt');
const isHex = marked("0123456789abcdefABCDEF");
const isDigit = marked("0123456789");

/** For each byte 1 if it is a character of `text` or `isMeant`, else 0. */
function marked(text: string, isMeant: (byte: number) => boolean = () => false): Uint8Array {
  const marks = new Uint8Array(256);
  return marks.map((_, byte) => (isMeant(byte) || text.includes(String.fromCharCode(byte)) ? 1 : 0));
}

/** Passes over white space, if there is any. */
export function skipSpace(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.length && isSpace[bytes[at] ?? 0] === 1) at += 1;
  return at;
}

/** Passes over the part of a string that is ASCII without escapes, so that its bytes are its characters. */
export function skipPlain(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.length && endsPlainRun[bytes[at] ?? 0] === 0) at += 1;
  return at;
}

/** @param from a place behind the opening quote */
export function endOfString(bytes: Uint8Array, from: number): number {
  const at = skipRun(bytes, from);
  return bytes[at] === quote ? at + 1 : endOfEscaped(bytes, at);
}

function skipRun(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.length && endsRun[bytes[at] ?? 0] === 0) at += 1;
  return at;
}

function endOfEscaped(bytes: Uint8Array, from: number): number {
  let at = from;
  while (bytes[at] === backslash) {
    at = endOfEscape(bytes, at + 1);
    if (at < 0) return notJson;
    at = skipRun(bytes, at);
  }
  return bytes[at] === quote ? at + 1 : notJson;
}

function endOfEscape(bytes: Uint8Array, at: number): number {
  if (isEscape[bytes[at] ?? 0] === 1) return at + 1;
  if (bytes[at] !== 0x75) return notJson; // u
  for (let digit = at + 1; digit <= at + 4; digit += 1) if (isHex[bytes[digit] ?? 0] === 0) return notJson;
  return at + 5;
}

/**
 * The end of any value. Without recursion, so that no nesting is too deep.
 *
 * @returns `~place` if it is not JSON, with the place where it stops being JSON
 */
export function endOfValue(bytes: Uint8Array, at: number): number {
  if (bytes[at] === openBrace || bytes[at] === openBracket) return endOfNested(bytes, at);
  const end = endOfScalar(bytes, at);
  return end < 0 ? ~at : end;
}

function endOfNested(bytes: Uint8Array, from: number): number {
  /** The brackets that must still come: `close` ends the innermost container, `outer` those around it. */
  const outer: number[] = [];
  let close = 0;
  let at = from;
  for (;;) {
    const byte = bytes[at];
    if (byte === openBrace || byte === openBracket) {
      outer.push(close);
      close = byte + 2;
      at = skipSpace(bytes, at + 1);
      if (bytes[at] !== close) {
        if (byte === openBrace) at = valueOfMember(bytes, at);
        if (at < 0) return at;
        continue;
      }
    } else {
      const end = endOfScalar(bytes, at);
      if (end < 0) return ~at;
      at = skipSpace(bytes, end);
    }
    while (bytes[at] === close) {
      close = outer.pop() ?? 0;
      if (close === 0) return at + 1;
      at = skipSpace(bytes, at + 1);
    }
    if (bytes[at] !== comma) return ~at;
    at = skipSpace(bytes, at + 1);
    if (close === closeBrace) at = valueOfMember(bytes, at);
    if (at < 0) return at;
  }
}

/** The place of the value that belongs to the key here. */
function valueOfMember(bytes: Uint8Array, from: number): number {
  const end = bytes[from] === quote ? endOfString(bytes, from + 1) : notJson;
  if (end < 0) return ~from;
  const at = valueBehind(bytes, end);
  return at < 0 ? ~skipSpace(bytes, end) : at;
}

/** The place of the value behind the end of a key. */
export function valueBehind(bytes: Uint8Array, endOfKey: number): number {
  const at = skipSpace(bytes, endOfKey);
  return bytes[at] === colon ? skipSpace(bytes, at + 1) : notJson;
}

const [trueWord, falseWord, nullWord] = ["true", "false", "null"].map((word) => Buffer.from(word));

function endOfScalar(bytes: Uint8Array, at: number): number {
  switch (bytes[at]) {
    case quote:
      return endOfString(bytes, at + 1);
    case 0x74: // t
      return endOfWord(bytes, at, trueWord);
    case 0x66: // f
      return endOfWord(bytes, at, falseWord);
    case 0x6e: // n
      return endOfWord(bytes, at, nullWord);
    default:
      return endOfNumber(bytes, at);
  }
}

function endOfWord(bytes: Uint8Array, at: number, word: Uint8Array = bytes): number {
  for (let index = 1; index < word.length; index += 1) if (bytes[at + index] !== word[index]) return notJson;
  return at + word.length;
}

function endOfNumber(bytes: Uint8Array, from: number): number {
  const begin = bytes[from] === 0x2d ? from + 1 : from; // -
  let at = bytes[begin] === 0x30 ? begin + 1 : endOfDigits(bytes, begin); // 0
  if (at >= 0 && bytes[at] === 0x2e) at = endOfDigits(bytes, at + 1); // .
  if (at < 0 || (bytes[at] !== 0x65 && bytes[at] !== 0x45)) return at; // e, E
  const isSigned = bytes[at + 1] === 0x2b || bytes[at + 1] === 0x2d; // +, -
  return endOfDigits(bytes, isSigned ? at + 2 : at + 1);
}

function endOfDigits(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.length && isDigit[bytes[at] ?? 0] === 1) at += 1;
  return at === from ? notJson : at;
}
