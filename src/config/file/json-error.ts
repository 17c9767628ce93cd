import { endOfValue, skipSpace } from "../../event/json-scan.ts";

/** Line and column of a place in a text, both from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/**
 * Where a text stops being JSON. The parser's own message often lacks the place and quotes the text, which may hold
 * secrets.
 *
 * @returns undefined if the text is JSON
 */
export function jsonErrorPlace(text: string): Place | undefined {
  const bytes = Buffer.from(text);
  const end = endOfValue(bytes, skipSpace(bytes, 0));
  const at = end < 0 ? ~end : skipSpace(bytes, end);
  if (end >= 0 && at === bytes.length) return undefined;
  const before = bytes.toString("utf8", 0, at).split("\n");
  return { line: before.length, column: (before.at(-1) ?? "").length + 1 };
}
