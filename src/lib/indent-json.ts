import { type JsonTokenKind, jsonTokens } from "./json-tokens.ts";

/** Containers deeper than this stay on one line, because indentation alone would fill the memory. */
const mostDepth = 64;

export interface IndentOptions {
  /** Changes each token for display, such as to colour it. */
  readonly paint?: (token: string, kind: JsonTokenKind) => string;
}

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
  const { paint = (token) => token } = options;
  const parts: string[] = [];
  let depth = 0;
  const breakLine = (): void => {
    if (depth <= mostDepth) parts.push("\n", "  ".repeat(depth));
  };
  let before = "";
  for (const { text: token, kind } of jsonTokens(text)) {
    const closes = token === "}" || token === "]";
    if (closes) depth = Math.max(0, depth - 1);
    const first = before === "{" || before === "[";
    if (closes ? !first : first || before === ",") {
      if (!closes || depth < mostDepth) breakLine();
    } else if (before === ":") {
      parts.push(" ");
    }
    parts.push(paint(token, kind));
    if (token === "{" || token === "[") depth += 1;
    before = kind === "mark" ? token : "value";
  }
  return parts.join("");
}
