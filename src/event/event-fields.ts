import {
  closeBrace,
  comma,
  endOfString,
  endOfValue,
  notJson,
  openBrace,
  openBracket,
  quote,
  skipPlain,
  skipSpace,
  valueBehind,
} from "./json-scan.ts";
import { memberOf, pathTree, valueAt, type PathNode, type PathTree } from "./path-tree.ts";

/** What was noted about a value. */
const absent = 0;
const plainText = 1;
const anyValue = 2;

/**
 * The values at some paths, read from the bytes of one event after the other. The pass that finds out whether the bytes
 * are JSON also notes where these values stand; only those that are asked for are made. They are what `JSON.parse`
 * would give: the last one if a key is repeated.
 */
export class EventFields {
  readonly #tree: PathTree;
  readonly #kinds: Uint8Array;
  readonly #starts: Int32Array;
  readonly #ends: Int32Array;
  #bytes: Buffer = Buffer.alloc(0);
  /** Something rare was met that this scan does not cover: then `JSON.parse` reads the event. */
  #isOdd = false;
  #parsed: unknown;

  constructor(paths: Iterable<string>) {
    this.#tree = pathTree(paths);
    this.#kinds = new Uint8Array(this.#tree.size);
    this.#starts = new Int32Array(this.#tree.size);
    this.#ends = new Int32Array(this.#tree.size);
  }

  /**
   * Reads the object that begins at `at`; its values can be asked for until the next one is read.
   *
   * @returns the place behind its end, or a number below 0 if it is not JSON
   */
  read(bytes: Buffer, at: number): number {
    this.#bytes = bytes;
    this.#kinds.fill(absent);
    this.#isOdd = false;
    const end = this.#readObject(bytes, at, this.#tree.root);
    this.#parsed = this.#isOdd && end >= 0 ? JSON.parse(bytes.toString("utf8", at, end)) : undefined;
    return end;
  }

  /** A text or a number, by its path, such as `payload.id`. Nobody may rely on what it gives for any other value. */
  value(path: string): unknown {
    const node = this.#tree.byPath.get(path);
    if (node === undefined) throw new RangeError(`${path} is not among the paths that are read.`);
    if (this.#parsed !== undefined) return valueAt(this.#parsed, path);
    const { index } = node;
    const start = this.#starts[index] ?? 0;
    const end = this.#ends[index] ?? 0;
    switch (this.#kinds[index]) {
      case plainText:
        return this.#bytes.toString("latin1", start, end);
      case anyValue:
        return scalarAt(this.#bytes, start, end);
      default:
        return undefined;
    }
  }

  #readObject(bytes: Uint8Array, from: number, node: PathNode): number {
    let at = skipSpace(bytes, from + 1);
    if (bytes[at] === closeBrace) return at + 1;
    for (;;) {
      if (bytes[at] !== quote) return notJson;
      const end = skipPlain(bytes, at + 1);
      const isPlain = bytes[end] === quote;
      const member = isPlain ? memberOf(node, bytes, at + 1, end) : undefined;
      at = valueBehind(bytes, isPlain ? end + 1 : this.#endOfOddKey(bytes, end));
      if (at < 0) return notJson;
      at = member === undefined ? endOfValue(bytes, at) : this.#note(bytes, at, member);
      if (at < 0) return notJson;
      at = skipSpace(bytes, at);
      if (bytes[at] === closeBrace) return at + 1;
      if (bytes[at] !== comma) return notJson;
      at = skipSpace(bytes, at + 1);
    }
  }

  /** Notes where the value at `at` stands, and the wanted values inside it. */
  #note(bytes: Uint8Array, at: number, node: PathNode): number {
    const { index } = node;
    if (this.#kinds[index] !== absent) this.#isOdd = true;
    if (bytes[at] === quote) {
      const end = skipPlain(bytes, at + 1);
      if (bytes[end] === quote) return this.#keep(plainText, index, at + 1, end) + 1;
    }
    return this.#keep(anyValue, index, at, this.#endOfWanted(bytes, at, node));
  }

  /** Passes over a value, and notes the wanted values inside it. */
  #endOfWanted(bytes: Uint8Array, at: number, node: PathNode): number {
    if (node.below.length === 0) return endOfValue(bytes, at);
    if (bytes[at] === openBrace) return this.#readObject(bytes, at, node);
    if (bytes[at] === openBracket) this.#isOdd = true;
    return endOfValue(bytes, at);
  }

  #keep(kind: number, index: number, start: number, end: number): number {
    this.#kinds[index] = kind;
    this.#starts[index] = start;
    this.#ends[index] = end;
    return end;
  }

  /** A key with escapes, or beyond ASCII. */
  #endOfOddKey(bytes: Uint8Array, at: number): number {
    this.#isOdd = true;
    return endOfString(bytes, at);
  }
}

/** A text with escapes or beyond ASCII, or a number; undefined for anything else. */
function scalarAt(bytes: Buffer, start: number, end: number): unknown {
  const first = bytes[start] ?? 0;
  if (first === quote) return JSON.parse(bytes.toString("utf8", start, end));
  // In ASCII, the minus and the digits come before all letters and brackets.
  if (first > 0x39) return undefined;
  return shortNumber(bytes, start, end) ?? Number(bytes.toString("latin1", start, end));
}

/** A number of a few digits, as most are. */
function shortNumber(bytes: Uint8Array, start: number, end: number): number | undefined {
  if (end - start > 15) return undefined;
  let number = 0;
  for (let at = start; at < end; at += 1) {
    const digit = (bytes[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    number = number * 10 + digit;
  }
  return number;
}
