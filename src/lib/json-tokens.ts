/** What a piece of JSON text is. */
export type JsonTokenKind = "key" | "string" | "number" | "literal" | "mark";

export interface JsonToken {
  readonly text: string;
  readonly kind: JsonTokenKind;
}

/** Of a string, it matches only the beginning. */
const token = /[ \t\r\n]*(?:([{}[\],:])|(")|([^ \t\r\n{}[\],:"]+))/y;
const colon = /[ \t\r\n]*:/y;

/** The tokens of JSON text, as they are written. Of text that is not JSON, all but white space is in them too. */
export function* jsonTokens(text: string): Iterable<JsonToken> {
  let at = 0;
  for (;;) {
    token.lastIndex = at;
    const found = token.exec(text);
    if (found === null) return;
    at = token.lastIndex;
    const [, mark, quote, other = ""] = found;
    if (mark !== undefined) yield { text: mark, kind: "mark" };
    else if (quote === undefined) yield { text: other, kind: /^[-\d]/.test(other) ? "number" : "literal" };
    else {
      const from = at - 1;
      at = endOfString(text, from);
      colon.lastIndex = at;
      yield { text: text.slice(from, at), kind: colon.test(text) ? "key" : "string" };
    }
  }
}

/**
 * The place behind the string that begins at `from`. Searched by hand: a pattern that repeats a choice runs out of
 * stack on a long string.
 */
function endOfString(text: string, from: number): number {
  let quote = text.indexOf('"', from + 1);
  while (quote >= 0 && isEscaped(text, quote)) quote = text.indexOf('"', quote + 1);
  return quote < 0 ? text.length : quote + 1;
}

/** An even number of backslashes escape each other. */
function isEscaped(text: string, at: number): boolean {
  let backslashes = 0;
  while (text[at - 1 - backslashes] === "\\") backslashes += 1;
  return backslashes % 2 === 1;
}
