/** What a piece of JSON text is. */
export type JsonTokenKind = "key" | "string" | "number" | "literal" | "mark";

export interface IndentOptions {
  /** One step; default two spaces. */
  readonly indent?: string;
  /** Containers deeper than this stay on one line, because indentation alone would fill the memory. Default 64. */
  readonly mostDepth?: number;
  /** Changes each token for display, such as to colour it. */
  readonly paint?: (token: string, kind: JsonTokenKind) => string;
}

/** Of a string only where it begins. */
const token = /[ \t\r\n]*(?:([{}[\],:])|(")|([^ \t\r\n{}[\],:"]+))/y;

/**
 * JSON text with line breaks and indentation. Changes nothing but white space between tokens: numbers keep all their
 * digits, strings their escapes, keys their order. Needs no recursion, so depth does no harm. Of text that is not
 * JSON, all but white space is kept too.
 *
 * @example
 * ```ts
 * indentJson('{"id":12345678901234567890}'); // '{\n  "id": 12345678901234567890\n}'
 * ```
 */
export function indentJson(text: string, options: IndentOptions = {}): string {
  const { indent = "  ", mostDepth = 64, paint = (token) => token } = options;
  const parts: string[] = [];
  const open: string[] = [];
  const breakLine = (): void => {
    if (open.length <= mostDepth) parts.push("\n", indent.repeat(open.length));
  };
  let before = "";
  for (const { value, kind } of tokensOf(text, open)) {
    const closes = value === "}" || value === "]";
    if (closes) open.pop();
    const first = before === "{" || before === "[";
    if (closes ? !first : first || before === ",") {
      if (!closes || open.length < mostDepth) breakLine();
    } else if (before === ":") {
      parts.push(" ");
    }
    parts.push(paint(value, kind));
    if (value === "{" || value === "[") open.push(value);
    before = kind === "mark" ? value : "value";
  }
  return parts.join("");
}

interface Token {
  readonly value: string;
  readonly kind: JsonTokenKind;
}

/** The tokens of a text. `open` holds the containers that are open, and tells keys from other strings. */
function* tokensOf(text: string, open: readonly string[]): Iterable<Token> {
  let at = 0;
  let before = "";
  for (;;) {
    token.lastIndex = at;
    const found = token.exec(text);
    if (found === null) return;
    at = token.lastIndex;
    const [, mark, quote, other = ""] = found;
    const isKey = quote !== undefined && open.at(-1) === "{" && (before === "{" || before === ",");
    before = mark ?? "value";
    if (mark !== undefined) yield { value: mark, kind: "mark" };
    else if (quote !== undefined) {
      const from = at - 1;
      at = endOfString(text, from);
      yield { value: text.slice(from, at), kind: isKey ? "key" : "string" };
    } else yield { value: other, kind: /^[-\d]/.test(other) ? "number" : "literal" };
  }
}

/** Behind the string that begins at `from`. By hand: on a long one, a pattern that repeats a choice has no stack left. */
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
